//! Reads a query: the part of the Kusto language below, and nothing else.
//!
//! <https://learn.microsoft.com/azure/governance/resource-graph/concepts/query-language>

use super::{
    lexer::{Token, TokenKind, tokens},
    refusal::Refusal,
    syntax::{Comparison, Expression, Function, Query, Step},
};

/// Elements of one array that `mv-expand` gives where the query does not say, and the most that it can ask for.
const MV_EXPAND_DEFAULT: usize = 128;
const MV_EXPAND_MAX: usize = 400;
/// More joins or `mv-expand` are refused.
const OF_A_KIND_MAX: usize = 3;

const COMPARISONS: [(&str, Comparison); 11] = [
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("=~", Comparison::EqualFolded),
    ("!~", Comparison::NotEqualFolded),
    ("has", Comparison::Has),
    ("contains", Comparison::Contains),
    ("startswith", Comparison::StartsWith),
    ("<", Comparison::Less),
    ("<=", Comparison::LessOrEqual),
    (">", Comparison::More),
    (">=", Comparison::MoreOrEqual),
];

/// Reads a query.
pub fn parse(text: &str) -> Result<Query, Refusal> {
    let mut parser = Parser { tokens: tokens(text)?, at: 0 };
    let query = parser.query()?;
    match parser.peek() {
        None => check_counts(&query).map(|()| query),
        Some(_) => Err(parser.failure()),
    }
}

fn check_counts(query: &Query) -> Result<(), Refusal> {
    let (mut joins, mut expansions) = (0, 0);
    count(query, &mut joins, &mut expansions);
    if joins > OF_A_KIND_MAX || expansions > OF_A_KIND_MAX {
        return Err(Refusal::unsupported("more than three join or mv-expand"));
    }
    Ok(())
}

fn count(query: &Query, joins: &mut usize, expansions: &mut usize) {
    for step in &query.steps {
        match step {
            Step::LeftOuterJoin { right, .. } => {
                *joins += 1;
                count(right, joins, expansions);
            }
            Step::MvExpand { .. } => *expansions += 1,
            Step::Where(_) | Step::Extend(_) | Step::Project(_) | Step::Order(_) | Step::Limit(_) => {}
        }
    }
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
}

impl Parser {
    fn query(&mut self) -> Result<Query, Refusal> {
        let table = self.word()?.to_ascii_lowercase();
        let mut steps = Vec::new();
        while self.takes("|") {
            steps.push(self.step()?);
        }
        Ok(Query { table, steps })
    }

    fn step(&mut self) -> Result<Step, Refusal> {
        let word = self.word()?;
        Ok(match word.as_str() {
            "where" => Step::Where(self.expression()?),
            "extend" => Step::Extend(self.columns()?),
            "project" => Step::Project(self.columns()?),
            "mv-expand" => self.mv_expand()?,
            "order" | "sort" => {
                self.expect_word("by")?;
                self.order()?
            }
            "join" => self.join()?,
            "limit" | "take" => Step::Limit(self.number()?),
            _ => return Err(Refusal::unsupported(word)),
        })
    }

    fn columns(&mut self) -> Result<Vec<(String, Expression)>, Refusal> {
        let mut columns = vec![self.column()?];
        while self.takes(",") {
            columns.push(self.column()?);
        }
        Ok(columns)
    }

    /// `name = value`, or a value that has a name: `properties.a.b` is called `properties_a_b`.
    fn column(&mut self) -> Result<(String, Expression), Refusal> {
        if let (Some(TokenKind::Word(name)), Some(TokenKind::Symbol("="))) = (self.peek(), self.peek_at(1)) {
            let name = name.clone();
            self.at += 2;
            return Ok((name, self.expression()?));
        }
        let failure = self.failure();
        let value = self.expression()?;
        Ok((own_name(&value).ok_or(failure)?, value))
    }

    fn mv_expand(&mut self) -> Result<Step, Refusal> {
        let (column, array) = self.column()?;
        let limit = if self.takes_word("limit") { self.number()? } else { MV_EXPAND_DEFAULT };
        if limit > MV_EXPAND_MAX {
            return Err(Refusal::unsupported(format!("mv-expand limit {limit}")));
        }
        Ok(Step::MvExpand { column, array, limit })
    }

    fn order(&mut self) -> Result<Step, Refusal> {
        let mut columns = Vec::new();
        loop {
            let column = self.expression()?;
            // Descending is what the language does where nobody says.
            let is_descending = !self.takes_word("asc");
            if is_descending {
                self.takes_word("desc");
            }
            columns.push((column, is_descending));
            if !self.takes(",") {
                return Ok(Step::Order(columns));
            }
        }
    }

    fn join(&mut self) -> Result<Step, Refusal> {
        self.expect_word("kind")?;
        self.expect("=")?;
        let kind = self.word()?;
        if kind != "leftouter" {
            return Err(Refusal::unsupported(format!("join kind={kind}")));
        }
        self.expect("(")?;
        let right = self.query()?;
        self.expect(")")?;
        self.expect_word("on")?;
        Ok(Step::LeftOuterJoin { right, on: self.word()? })
    }

    fn expression(&mut self) -> Result<Expression, Refusal> {
        let mut left = self.conjunction()?;
        while self.takes_word("or") {
            left = Expression::Or(Box::new(left), Box::new(self.conjunction()?));
        }
        Ok(left)
    }

    fn conjunction(&mut self) -> Result<Expression, Refusal> {
        let mut left = self.comparison()?;
        while self.takes_word("and") {
            left = Expression::And(Box::new(left), Box::new(self.comparison()?));
        }
        Ok(left)
    }

    fn comparison(&mut self) -> Result<Expression, Refusal> {
        let left = self.value()?;
        let operator = match self.peek() {
            Some(TokenKind::Symbol(symbol)) => (*symbol).to_owned(),
            Some(TokenKind::Word(word)) => word.clone(),
            _ => return Ok(left),
        };
        if let Some((_, comparison)) = COMPARISONS.iter().find(|(known, _)| *known == operator) {
            self.at += 1;
            return Ok(Expression::Compare(Box::new(left), *comparison, Box::new(self.value()?)));
        }
        let (is_exact, is_negated) = match operator.as_str() {
            "in" => (true, false),
            "in~" => (false, false),
            "!in" => (true, true),
            "!in~" => (false, true),
            _ => return Ok(left),
        };
        self.at += 1;
        Ok(Expression::In { value: Box::new(left), texts: self.texts()?, is_exact, is_negated })
    }

    fn texts(&mut self) -> Result<Vec<String>, Refusal> {
        self.expect("(")?;
        let mut texts = Vec::new();
        loop {
            texts.push(self.text()?);
            if !self.takes(",") {
                self.expect(")")?;
                return Ok(texts);
            }
        }
    }

    fn value(&mut self) -> Result<Expression, Refusal> {
        let failure = self.failure();
        if self.takes("(") {
            let inner = self.expression()?;
            self.expect(")")?;
            return Ok(inner);
        }
        let first = self.peek().cloned().ok_or_else(|| failure.clone())?;
        self.at += 1;
        match first {
            TokenKind::Text(text) => Ok(Expression::Text(text)),
            TokenKind::Number(number) => Ok(Expression::Number(number)),
            TokenKind::Word(word) if word == "true" || word == "false" => Ok(Expression::Bool(word == "true")),
            TokenKind::Word(name) if self.peek() == Some(&TokenKind::Symbol("(")) => self.call(&name),
            TokenKind::Word(name) => self.path(Expression::Column(name)),
            TokenKind::Symbol(_) => Err(failure),
        }
    }

    fn call(&mut self, name: &str) -> Result<Expression, Refusal> {
        let function = Function::find(name).ok_or_else(|| Refusal::unsupported(format!("{name}()")))?;
        self.expect("(")?;
        let mut arguments = vec![self.expression()?];
        while self.takes(",") {
            arguments.push(self.expression()?);
        }
        self.expect(")")?;
        Ok(Expression::Call(function, arguments))
    }

    /// `.member`, `.['member']`, `['member']` and `[0]`, as many as there are.
    fn path(&mut self, mut value: Expression) -> Result<Expression, Refusal> {
        loop {
            let has_dot = self.takes(".");
            if self.takes("[") {
                value = match self.peek() {
                    Some(TokenKind::Number(_)) if !has_dot => Expression::Element(Box::new(value), self.number()?),
                    _ => Expression::Member(Box::new(value), self.text()?),
                };
                self.expect("]")?;
            } else if has_dot {
                value = Expression::Member(Box::new(value), self.word()?);
            } else {
                return Ok(value);
            }
        }
    }

    fn peek(&self) -> Option<&TokenKind> {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> Option<&TokenKind> {
        self.tokens.get(self.at + ahead).map(|token| &token.kind)
    }

    fn takes(&mut self, symbol: &'static str) -> bool {
        let is_next = self.peek() == Some(&TokenKind::Symbol(symbol));
        self.at += usize::from(is_next);
        is_next
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let is_next = matches!(self.peek(), Some(TokenKind::Word(next)) if next == word);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, symbol: &'static str) -> Result<(), Refusal> {
        if self.takes(symbol) { Ok(()) } else { Err(self.failure()) }
    }

    fn expect_word(&mut self, word: &str) -> Result<(), Refusal> {
        if self.takes_word(word) { Ok(()) } else { Err(self.failure()) }
    }

    fn word(&mut self) -> Result<String, Refusal> {
        let Some(TokenKind::Word(word)) = self.peek().cloned() else { return Err(self.failure()) };
        self.at += 1;
        Ok(word)
    }

    fn text(&mut self) -> Result<String, Refusal> {
        let Some(TokenKind::Text(text)) = self.peek().cloned() else { return Err(self.failure()) };
        self.at += 1;
        Ok(text)
    }

    fn number(&mut self) -> Result<usize, Refusal> {
        let Some(TokenKind::Number(number)) = self.peek().cloned() else { return Err(self.failure()) };
        let failure = self.failure();
        self.at += 1;
        usize::try_from(number).map_err(|_| failure)
    }

    /// The next token is not what could stand here.
    fn failure(&self) -> Refusal {
        let Some(token) = self.tokens.get(self.at) else { return Refusal::parser(0, 0, "<EOF>") };
        let shown = match &token.kind {
            TokenKind::Word(text) | TokenKind::Text(text) => text.clone(),
            TokenKind::Number(number) => number.to_string(),
            TokenKind::Symbol(symbol) => (*symbol).to_owned(),
        };
        Refusal::parser(token.line, token.column, &shown)
    }
}

fn own_name(value: &Expression) -> Option<String> {
    match value {
        Expression::Column(name) => Some(name.clone()),
        Expression::Member(parent, name) => Some(format!("{}_{name}", own_name(parent)?)),
        _ => None,
    }
}
