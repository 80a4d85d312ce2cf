//! The program that the Functions host starts.
fn main() {}
