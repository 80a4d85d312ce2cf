//! The command line of local-azure.
fn main() {}
