//! Archives over HTTP, good and evil.

use super::server::{Reply, Server};
use super::{Folder, calling, module, zip};

fn get(server: &Server, source: &str) -> (Folder, super::Answer) {
    let folder = Folder::with(&calling(&server.url(source), None));
    let answer = folder.says(&["get"], &[]);
    (folder, answer)
}

#[test]
fn an_archive_is_fetched_with_subfolder_and_form() {
    let server = Server::start();
    server.on("/x.zip", Reply::ok(zip(&[("top/m/main.tf", &module("zip"))])));
    server.on("/x", Reply::ok(zip(&[("main.tf", &module("by archive="))])));
    for (source, text) in [("/x.zip//top/m", "zip"), ("/x.zip//*/m", "zip"), ("/x?archive=zip", "by archive=")] {
        let (folder, answer) = get(&server, source);
        answer.ends_with(0);
        let plan = folder.plans(&[]);
        assert!(plan.stdout.contains(&format!("= \"{text}\"")), "{}", plan.stdout);
    }
}

#[test]
fn a_page_sends_on_to_the_archive() {
    let server = Server::start();
    server.on("/x.zip", Reply::ok(zip(&[("m/main.tf", &module("sent on"))])));
    server.on("/header", Reply::with(200, "X-Terraform-Get", "/x.zip//m"));
    let page = format!("<html><meta name=\"terraform-get\" content=\"{}\" /></html>", server.url("/x.zip//m"));
    server.on("/page", Reply::ok(page));
    server.on("/moved", Reply::with(302, "Location", "/page"));
    for source in ["/header", "/page", "/moved"] {
        let (folder, answer) = get(&server, source);
        answer.ends_with(0);
        assert!(folder.plans(&[]).stdout.contains("= \"sent on\""));
    }
    assert!(server.asked().contains(&"/header?terraform-get=1".to_owned()));
}

#[test]
fn what_does_not_come_is_told_at_the_call() {
    let server = Server::start();
    server.on("/round", Reply::with(302, "Location", "/round"));
    server.on("/again", Reply::with(200, "X-Terraform-Get", "/again"));
    server.on("/page", Reply::ok("<html></html>"));
    server.on("/broken.zip", Reply::ok("no zip"));
    server.on("/sum.zip", Reply::ok(zip(&[("main.tf", "")])));
    for (source, why) in [
        ("/nothing.zip", "answers with status 404"),
        ("/round", "redirects more than 10 times"),
        ("/again", "sent on more than 10 times"),
        ("/page", "neither an archive by its name nor a page"),
        ("/broken.zip", "the archive cannot be read"),
        ("/sum.zip?checksum=md5:00000000000000000000000000000000", "`checksum` says 0000"),
        ("/sum.zip?archive=rar", "`archive` is \"rar\""),
        ("/sum.zip//nope", "the package has no folder \"nope\""),
    ] {
        let (folder, answer) = get(&server, source);
        let answer = answer.ends_with(1);
        assert!(answer.stderr.contains("Error: Failed to download module\n\n  on main.tf line 2"), "{}", answer.stderr);
        assert!(answer.stderr.replace('\n', " ").contains(why), "{source}: {}", answer.stderr);
        assert!(!folder.path().join(".terraform/modules/m").exists());
    }
}

#[test]
fn an_evil_archive_writes_nothing_outside() {
    let server = Server::start();
    let mut links = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    links.add_symlink("m", "/etc", zip::write::SimpleFileOptions::default()).unwrap();
    server.on("/links.zip", Reply::ok(links.finish().unwrap().into_inner()));
    server.on("/out.zip", Reply::ok(zip(&[("../../../../evil.tf", "x")])));
    server.on("/root.zip", Reply::ok(zip(&[("/evil.tf", "x")])));
    for (source, why) in [
        ("/links.zip", "a symbolic link"),
        ("/out.zip", "it leads out of the archive"),
        ("/root.zip", "names in an archive are not absolute"),
    ] {
        let (folder, answer) = get(&server, source);
        let answer = answer.ends_with(1);
        assert!(answer.stderr.replace('\n', " ").contains(why), "{source}: {}", answer.stderr);
        assert!(!folder.path().join("evil.tf").exists());
        assert!(!folder.path().join(".terraform/modules/m").exists());
    }
}
