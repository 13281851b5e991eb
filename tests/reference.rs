//! The reference pages are those of the schemas.

use recon::aws::{self, Aws, Settings};
use recon::render::reference;

#[test]
fn the_reference_is_up_to_date() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference");
    let registry = aws::registry(&Aws::new(Settings::default()));
    let pages = reference::pages(&registry);
    let cure = "run `recon providers docs docs/reference`";
    for (name, text) in &pages {
        let found = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(found == *text, "docs/reference/{name} is not up to date: {cure}");
    }
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(pages.iter().any(|(page, _)| *page == name), "docs/reference/{name} is of no type: remove it");
    }
}
