<<<<<<< HEAD
//! The only test binary: everything that goes through a public door.

mod types;
=======
fn main() {}
>>>>>>> 40275fe (package: from a source folder to the zip that Lambda runs)
