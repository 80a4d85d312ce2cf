//! Rows in columns, for people.

use crate::printable::printable;

/// What stands where there is nothing to say.
const NOTHING: &str = "-";

/// The rows under their headings. No line ends in spaces, and the last column is as wide as it likes.
pub fn table<const COLUMNS: usize>(headings: [&str; COLUMNS], rows: &[[String; COLUMNS]]) -> String {
    let rows = rows.iter().map(|row| row.each_ref().map(|cell| shown(cell)));
    let lines: Vec<[String; COLUMNS]> = std::iter::once(headings.map(str::to_owned)).chain(rows).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let widths: [usize; COLUMNS] = std::array::from_fn(width);
    let line = |cells: &[String; COLUMNS]| {
        let padded = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
        format!("{}\n", padded.collect::<Vec<_>>().join("  ").trim_end())
    };
    lines.iter().map(line).collect()
}

fn shown(cell: &str) -> String {
    if cell.is_empty() { NOTHING.to_owned() } else { printable(cell).into_owned() }
}
