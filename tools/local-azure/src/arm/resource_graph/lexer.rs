//! The words of a query: names, texts in either quotes, whole numbers and symbols. Comments go to the end of the line.

use super::refusal::Refusal;

/// Symbols, those of two characters before those of one that they begin with.
const SYMBOLS: [&str; 17] = ["==", "=~", "!=", "!~", "<=", ">=", "<", ">", "=", "|", "(", ")", "[", "]", ",", ".", ";"];

/// One word of a query, and where it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// The line, from 1.
    pub line: usize,
    /// The character in the line, from 0.
    pub column: usize,
}

/// What a word is.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum TokenKind {
    /// `where`, `properties`, `mv-expand`, `in~`.
    Word(String),
    /// `'text'` or `"text"`.
    Text(String),
    /// `128`.
    Number(i64),
    /// `|` and the like.
    Symbol(&'static str),
}

/// Takes a query apart.
pub fn tokens(query: &str) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    for (index, line) in query.lines().enumerate() {
        let mut rest = line;
        loop {
            rest = rest.trim_start();
            if rest.is_empty() || rest.starts_with("//") {
                break;
            }
            let at = (index + 1, line.chars().count() - rest.chars().count());
            let (kind, length) = token(rest).ok_or_else(|| Refusal::parser(at.0, at.1, rest))?;
            tokens.push(Token { kind, line: at.0, column: at.1 });
            rest = &rest[length..];
        }
    }
    Ok(tokens)
}

/// The first token of a text, and its length in bytes.
fn token(text: &str) -> Option<(TokenKind, usize)> {
    let first = text.chars().next()?;
    if first == '\'' || first == '"' {
        return quoted(text, first);
    }
    if first.is_ascii_digit() {
        let digits = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
        return Some((TokenKind::Number(text[..digits].parse().ok()?), digits));
    }
    if is_of_word(first) {
        let length = text.find(|c: char| !is_of_word(c)).unwrap_or(text.len());
        return Some((TokenKind::Word(text[..length].to_owned()), length)).map(|word| with_suffix(text, word));
    }
    if text.starts_with("!in") {
        let (TokenKind::Word(word), length) = with_suffix(&text[1..], (TokenKind::Word("in".to_owned()), 2)) else {
            return None;
        };
        return Some((TokenKind::Word(format!("!{word}")), length + 1));
    }
    let symbol = SYMBOLS.into_iter().find(|symbol| text.starts_with(symbol))?;
    Some((TokenKind::Symbol(symbol), symbol.len()))
}

fn is_of_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// `in` goes on with `~`, and `mv` and `project` with `-expand` and `-away`.
fn with_suffix(text: &str, (kind, length): (TokenKind, usize)) -> (TokenKind, usize) {
    let TokenKind::Word(word) = &kind else { return (kind, length) };
    let rest = &text[length..];
    let suffix = match word.as_str() {
        "in" if rest.starts_with('~') => "~",
        "mv" if rest.starts_with("-expand") => "-expand",
        _ => return (kind, length),
    };
    (TokenKind::Word(format!("{word}{suffix}")), length + suffix.len())
}

/// A text between quotes; a backslash takes the next character as it is.
fn quoted(text: &str, quote: char) -> Option<(TokenKind, usize)> {
    let mut content = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => match characters.next()?.1 {
                plain @ ('\\' | '\'' | '"') => content.push(plain),
                _ => return None,
            },
            _ if character == quote => return Some((TokenKind::Text(content), at + 1)),
            _ => content.push(character),
        }
    }
    None
}
