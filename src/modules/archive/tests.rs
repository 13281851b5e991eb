use super::*;

fn tar_of(build: impl FnOnce(&mut tar::Builder<Vec<u8>>)) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    build(&mut builder);
    builder.into_inner().unwrap()
}

/// An entry whose name the library would not write.
fn raw(builder: &mut tar::Builder<Vec<u8>>, name: &str, ty: tar::EntryType, mode: u32, content: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.set_entry_type(ty);
    header.set_mode(mode);
    header.set_size(content.len() as u64);
    header.set_cksum();
    builder.append(&header, content).unwrap();
}

fn zip_of(files: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    for (name, mode, content) in files {
        let options = zip::write::SimpleFileOptions::default().unix_permissions(*mode);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn unpacked(bytes: &[u8], format: Format, limits: Limits) -> (tempfile::TempDir, Result<(), String>) {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("archive");
    fs::write(&archive, bytes).unwrap();
    let result = unpack(&archive, format, &folder.path().join("out"), limits).map_err(|error| error.to_string());
    (folder, result)
}

fn refusal(bytes: &[u8], format: Format) -> String {
    let (folder, result) = unpacked(bytes, format, Limits { bytes: 1000, entries: 5 });
    let outside: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(outside.iter().all(|name| name == "archive" || name == "out"), "{outside:?}");
    result.unwrap_err()
}

#[test]
fn all_forms_are_unpacked() {
    let tar = tar_of(|builder| {
        raw(builder, "pax", tar::EntryType::XGlobalHeader, 0o644, b"");
        raw(builder, "./sub/", tar::EntryType::Directory, 0o755, b"");
        raw(builder, "./sub/main.tf", tar::EntryType::Regular, 0o644, b"# text\n");
        raw(builder, "run.sh", tar::EntryType::Regular, 0o4755, b"#!\n");
    });
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&tar).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(&tar).unwrap();
    let mut xz = lzma_rust2::XzWriter::new(Vec::new(), lzma_rust2::XzOptions::with_preset(1)).unwrap();
    xz.write_all(&tar).unwrap();
    let zip = zip_of(&[("sub/main.tf", 0o644, b"# text\n"), ("run.sh", 0o4755, b"#!\n")]);
    for (format, bytes) in [
        (Format::Tar, tar),
        (Format::TarGzip, gzip.finish().unwrap()),
        (Format::TarBzip2, bzip2.finish().unwrap()),
        (Format::TarXz, xz.finish().unwrap()),
        (Format::Zip, zip),
    ] {
        let (folder, result) = unpacked(&bytes, format, Limits::MODULE);
        assert_eq!(result, Ok(()), "{format:?}");
        let out = folder.path().join("out");
        assert_eq!(fs::read_to_string(out.join("sub/main.tf")).unwrap(), "# text\n");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(out.join("run.sh")).unwrap().permissions().mode() & 0o7777, 0o755, "{format:?}");
        }
    }
}

#[test]
fn a_name_that_leaves_the_folder_is_refused() {
    for (name, why) in [
        ("../x", "leads out"),
        ("a/../../x", "leads out"),
        ("a/..", "leads out"),
        ("/etc/x", "not absolute"),
        ("c:x", "drive"),
        ("..\\x", "character"),
    ] {
        let tar = tar_of(|builder| raw(builder, name, tar::EntryType::Regular, 0o644, b"x"));
        assert!(refusal(&tar, Format::Tar).contains(why), "{name}");
        let zip = zip_of(&[(name, 0o644, b"x")]);
        assert!(refusal(&zip, Format::Zip).contains(why), "{name}");
    }
}

#[test]
fn links_and_devices_are_refused() {
    for (ty, what) in [
        (tar::EntryType::Symlink, "a symbolic link"),
        (tar::EntryType::Link, "a hard link"),
        (tar::EntryType::Char, "a device"),
        (tar::EntryType::Block, "a device"),
        (tar::EntryType::Fifo, "a device"),
    ] {
        let tar = tar_of(|builder| raw(builder, "x", ty, 0o644, b""));
        assert!(refusal(&tar, Format::Tar).contains(what), "{ty:?}");
    }
    let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
    writer.add_symlink("x", "/etc/passwd", zip::write::SimpleFileOptions::default()).unwrap();
    let zip = writer.finish().unwrap().into_inner();
    assert!(refusal(&zip, Format::Zip).contains("a symbolic link"));
}

#[test]
fn there_is_a_bound_on_what_comes_out() {
    let zip = zip_of(&[("x", 0o644, &[0; 2000])]);
    assert_eq!(
        refusal(&zip, Format::Zip),
        "the archive holds more than 1000 bytes of files, which is the most that is taken"
    );
    let tar = tar_of(|builder| {
        for i in 0..6 {
            raw(builder, &format!("f{i}"), tar::EntryType::Regular, 0o644, b"");
        }
    });
    assert!(refusal(&tar, Format::Tar).contains("more than 5 files"));
}

#[test]
fn what_is_no_archive_or_an_odd_one_is_refused() {
    assert!(refusal(b"<html>", Format::Zip).contains("cannot be read"));
    assert!(refusal(b"<html>", Format::TarGzip).contains("cannot be read"));
    assert!(refusal(b"", Format::Tar).contains("holds nothing"));
    let tar = tar_of(|builder| {
        raw(builder, "x", tar::EntryType::Regular, 0o644, b"1");
        raw(builder, "./x", tar::EntryType::Regular, 0o644, b"2");
    });
    assert!(refusal(&tar, Format::Tar).contains("another one of that name"));
    let cut = &tar[..700];
    assert!(refusal(cut, Format::Tar).contains("cannot be read"));
}

#[test]
fn forms_are_known_by_name_and_ending() {
    assert_eq!(Format::of_path("/x/y.tar.gz"), Some(Format::TarGzip));
    assert_eq!(Format::of_path("/x/y.TGZ"), Some(Format::TarGzip));
    assert_eq!(Format::of_path("/x/zip"), None);
    assert_eq!(Format::named("txz"), Some(Format::TarXz));
    assert_eq!(Format::named("false"), None);
}
