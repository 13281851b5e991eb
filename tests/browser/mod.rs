//! Pages that recon writes, opened in a headless Chromium and used with mouse and keys. Screenshots are left in
//! `target/screenshots/`.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value as Json, json};

use crate::cli::Folder;

/// What was seen of a page. A browser that is missing says so, and how to install it.
fn seen(page: &Path, name: &str, wish: &Json) -> Json {
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    assert!(here.join("node_modules").is_dir(), "`make setup` installs what drives the browser");
    let shots = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("../screenshots").join(name);
    let mut wish = wish.clone();
    wish["page"] = page.to_str().into();
    wish["shots"] = shots.to_str().into();
    let output = Command::new("node").arg(here.join("page.mjs")).arg(wish.to_string()).output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stderr}{stdout}");
    serde_json::from_str(&stdout).unwrap()
}

/// What holds for every page, however large.
#[track_caller]
fn is_sound(seen: &Json, page: &Path) {
    let requests = seen["requests"].as_array().unwrap();
    assert_eq!(requests.len(), 1, "only the page itself is loaded: {requests:?}");
    assert_eq!(requests[0].as_str(), Some(&*format!("file://{}", page.display())));
    assert_eq!(seen["complaints"], json!([]));
    assert_eq!(seen["markup"], 0, "texts are no markup");
    assert_eq!(seen["inView"], true, "the whole graph is in view");
    for name in ["light", "dark", "panel", "zoomed", "paper"] {
        assert!(seen[name].as_u64().unwrap() > 8, "the picture {name} has next to no colours: {}", seen[name]);
    }
    for name in ["contrast", "contrastInDark"] {
        assert!(seen[name]["ratio"].as_f64().unwrap() >= 4.5, "{name}: {}", seen[name]);
    }
    assert_eq!(seen["closedByKeys"], true);
    assert_eq!(seen["focusIsSeen"], true);
    assert_eq!(seen["rowsAfterSearch"], seen["rows"], "Escape ends a search");
    assert_eq!(seen["moves"], json!([true, true]), "wheel and drag move the picture");
    assert_eq!(seen["openedByDrag"], false, "a drag is no click");
    assert_eq!(seen["fitsAgain"], true);
    assert!(text(seen, "help").contains("search"));
    let grounds = seen["grounds"].as_array().unwrap();
    assert!(grounds[0] != grounds[1] && grounds[1] == grounds[2], "dark by the switch and by preference: {grounds:?}");
}

#[track_caller]
fn text<'a>(seen: &'a Json, name: &str) -> &'a str {
    seen[name].as_str().unwrap_or_else(|| panic!("{name} in {seen:#}"))
}

/// A plan with `-html`, with nobody to call.
fn plan(folder: &Folder, arguments: &[&str]) -> PathBuf {
    let mut command = folder.command(&[&["plan", "-html=plan.html"], arguments].concat());
    command.env("AWS_ACCESS_KEY_ID", "none").env("AWS_SECRET_ACCESS_KEY", "none");
    command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder.path().canonicalize().unwrap().join("plan.html")
}

/// A small backend, as the guide has it, beside objects that exist and go, change or are replaced.
const SMALL: &str = include_str!("small.tf");
const BEFORE: &str = include_str!("before.tf");

fn small() -> Folder {
    let folder = Folder::with(BEFORE);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    folder.write("main.tf", SMALL);
    std::fs::create_dir(folder.path().join("store")).unwrap();
    folder.write("store/main.tf", include_str!("store.tf"));
    folder.write("schema.graphql", "type Query {\n  posts: [String!]\n}\n");
    folder
}

#[test]
fn a_page_of_fifteen_resources_is_used_with_mouse_and_keys() {
    let folder = small();
    let page = plan(&folder, &[]);
    let wish = json!({ "open": "terraform_data.settings", "search": "GRAPHQL_API", "filter": "Destroy" });
    let seen = seen(&page, "small", &wish);
    is_sound(&seen, &page);
    assert!(text(&seen, "title").contains("to destroy"), "{}", seen["title"]);
    let total = text(&seen, "total");
    assert!(total.contains("2 to destroy"), "{total}");
    assert_eq!(seen["found"].as_array().unwrap().len(), 1, "{}", seen["found"]);
    let opened = text(&seen, "openedByKeys");
    assert!(opened.contains("aws_appsync_graphql_api.blog") && opened.contains("will be created"), "{opened}");
    for name in ["openedByClick", "openedInGraph"] {
        let opened = text(&seen, name);
        assert!(opened.contains("will be changed in place") && opened.contains("\"one\" -> \"two\""), "{opened}");
    }
    let filtered = seen["filtered"].as_array().unwrap();
    assert!(filtered.len() == 1 && filtered[0].as_str().unwrap().contains("terraform_data.old"), "{filtered:?}");
    assert!(text(&seen, "first").contains("terraform_data.old"), "what goes stands first: {}", seen["first"]);
    assert!(
        text(&seen, "movedTo").contains("aws_appsync_resolver.posts"),
        "one below what was open: {}",
        seen["movedTo"]
    );
    for part in ["terraform_data.old", "\"one\" -> \"two\"", "store-posts"] {
        assert!(text(&seen, "printed").contains(part), "{part} is not printed: {}", seen["printed"]);
    }
}

#[test]
fn no_secret_is_in_a_page_and_markup_stays_text() {
    let folder = Folder::with(
        "variable \"password\" {\n  sensitive = true\n  default = \"hunter2\"\n}\n\nresource \"terraform_data\" \"x\" {\n  \
         for_each = { \"</script><img src=x onerror=alert(1)>\" = \"<b>bold</b>\" }\n  input = { open = each.value, secret = \
         var.password }\n}\n\noutput \"o\" {\n  value = var.password\n  sensitive = true\n}\n",
    );
    let page = plan(&folder, &[]);
    assert!(!std::fs::read_to_string(&page).unwrap().contains("hunter2"));
    let seen = seen(&page, "markup", &json!({ "open": "terraform_data.x", "search": "onerror", "filter": "Create" }));
    is_sound(&seen, &page);
    let opened = text(&seen, "openedByKeys");
    assert!(opened.contains("onerror=alert(1)") && opened.contains("<b>bold</b>"), "{opened}");
    assert!(opened.contains("(sensitive value)"), "{opened}");
}

#[test]
fn a_page_of_two_thousand_resources_is_as_easy_to_use() {
    let mut main = String::from("resource \"terraform_data\" \"old\" {\n  input = 1\n}\n");
    let folder = Folder::with(&main);
    folder.run(&["apply", "-auto-approve"]).ends_with(0);
    main.clear();
    for i in 0..2000 {
        let before =
            if i < 20 { "1".to_owned() } else { format!("terraform_data.r{}.output", i % 400 / 20 + i / 400 * 20) };
        writeln!(main, "resource \"terraform_data\" \"r{i}\" {{\n  input = {before}\n}}").unwrap();
    }
    folder.write("main.tf", &main);
    let page = plan(&folder, &[]);
    let size = std::fs::metadata(&page).unwrap().len();
    assert!(size < 3_000_000, "{size} bytes");
    let seen = seen(&page, "large", &json!({ "open": "terraform_data.r1999", "search": "r1234", "filter": "Destroy" }));
    is_sound(&seen, &page);
    assert_eq!(seen["rows"], 2001);
    assert_eq!(seen["found"].as_array().unwrap().len(), 1, "{}", seen["found"]);
    assert!(text(&seen, "openedByKeys").contains("terraform_data.r1234"));
    assert!(text(&seen, "openedByClick").contains("terraform_data.r1999"));
    assert_eq!(seen["filtered"].as_array().unwrap().len(), 1, "{}", seen["filtered"]);
}
