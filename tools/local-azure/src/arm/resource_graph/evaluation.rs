//! Carries a query out. What `kinds` has not let through does not get here.
//!
//! A text is never null: what is missing is an empty one, and so is a null that is compared with a text.

use std::{cmp::Ordering, collections::BTreeMap};

use serde_json::{Value, json};

use super::{
    kinds::{Columns, Kind, columns_of, joined_name},
    refusal::Refusal,
    syntax::{Comparison, Expression, Function, Query, Step},
    tables,
};
use crate::cloud::state::State;

/// One row, by column.
pub type Row = BTreeMap<String, Value>;

/// The rows of a query over these subscriptions.
pub fn rows(state: &State, subscriptions: &[&str], query: &Query) -> Result<Vec<Row>, Refusal> {
    let mut rows = tables::rows(state, subscriptions, &query.table);
    for step in &query.steps {
        rows = match step {
            Step::Where(condition) => rows.into_iter().filter(|row| value(row, condition) == json!(true)).collect(),
            Step::Extend(columns) => rows.into_iter().map(|row| extended(row, columns)).collect(),
            Step::Project(columns) => rows.iter().map(|row| projected(row, columns)).collect(),
            Step::MvExpand { column, array, limit } => {
                let mut expanded = Vec::new();
                for row in rows {
                    expanded.extend(elements(&row, column, array, *limit)?);
                }
                expanded
            }
            Step::Order(by) => sorted(rows, by),
            Step::LeftOuterJoin { right, on } => {
                let (names, others) = (columns_of(right)?, self::rows(state, subscriptions, right)?);
                joined(&rows, &others, &names, on)
            }
            Step::Limit(count) => rows.into_iter().take(*count).collect(),
        };
    }
    Ok(rows)
}

fn extended(mut row: Row, columns: &[(String, Expression)]) -> Row {
    for (name, expression) in columns {
        let value = value(&row, expression);
        row.insert(name.clone(), value);
    }
    row
}

fn projected(row: &Row, columns: &[(String, Expression)]) -> Row {
    columns.iter().map(|(name, expression)| (name.clone(), value(row, expression))).collect()
}

/// An array that is missing or empty still gives one row.
fn elements(row: &Row, column: &str, array: &Expression, limit: usize) -> Result<Vec<Row>, Refusal> {
    let with = |element: Value| {
        let mut row = row.clone();
        row.insert(column.to_owned(), element);
        row
    };
    match value(row, array) {
        Value::Array(elements) if !elements.is_empty() => Ok(elements.into_iter().take(limit).map(with).collect()),
        Value::Array(_) | Value::Null => Ok(vec![with(Value::Null)]),
        Value::Object(_) => Err(Refusal::unsupported("mv-expand of a property bag")),
        scalar => Ok(vec![with(scalar)]),
    }
}

fn sorted(mut rows: Vec<Row>, by: &[(Expression, bool)]) -> Vec<Row> {
    rows.sort_by(|one, other| {
        let by_each = by.iter().map(|(expression, is_descending)| {
            let order = order_of(&value(one, expression), &value(other, expression));
            if *is_descending { order.reverse() } else { order }
        });
        by_each.fold(Ordering::Equal, Ordering::then)
    });
    rows
}

fn order_of(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_i64().cmp(&other.as_i64()),
        (one, other) => text_of(one).cmp(&text_of(other)),
    }
}

fn joined(left: &[Row], right: &[Row], names: &Columns, on: &str) -> Vec<Row> {
    let mut by_key: BTreeMap<String, Vec<&Row>> = BTreeMap::new();
    for row in right {
        by_key.entry(text_of(&row[on])).or_default().push(row);
    }
    let nothing: Row = names.iter().map(|(name, kind)| (name.clone(), missing(*kind))).collect();
    let mut rows = Vec::new();
    for row in left {
        let alone = vec![&nothing];
        for other in by_key.get(&text_of(&row[on])).unwrap_or(&alone) {
            let mut both = row.clone();
            for (name, value) in *other {
                both.insert(joined_name(row, name.clone()), value.clone());
            }
            rows.push(both);
        }
    }
    rows
}

fn missing(kind: Kind) -> Value {
    if kind == Kind::Text { json!("") } else { Value::Null }
}

fn value(row: &Row, expression: &Expression) -> Value {
    match expression {
        Expression::Column(name) => row.get(name).cloned().unwrap_or_default(),
        Expression::Member(parent, name) => value(row, parent).get(name).cloned().unwrap_or_default(),
        Expression::Element(parent, index) => value(row, parent).get(*index).cloned().unwrap_or_default(),
        Expression::Text(text) => json!(text),
        Expression::Number(number) => json!(number),
        Expression::Bool(truth) => json!(truth),
        Expression::Call(function, arguments) => call(row, *function, arguments),
        Expression::Compare(left, comparison, right) => {
            json!(holds(&value(row, left), *comparison, &value(row, right)))
        }
        Expression::In { value: sought, texts, is_exact, is_negated } => {
            let sought = text_of(&value(row, sought));
            let is_it = |text: &String| if *is_exact { *text == sought } else { folded(text) == folded(&sought) };
            json!(texts.iter().any(is_it) != *is_negated)
        }
        Expression::And(left, right) => json!(is_true(row, left) && is_true(row, right)),
        Expression::Or(left, right) => json!(is_true(row, left) || is_true(row, right)),
    }
}

fn is_true(row: &Row, expression: &Expression) -> bool {
    value(row, expression) == json!(true)
}

fn call(row: &Row, function: Function, arguments: &[Expression]) -> Value {
    let mut values = arguments.iter().map(|argument| value(row, argument));
    if function == Function::Coalesce {
        return json!(values.map(|value| text_of(&value)).find(|text| !text.is_empty()).unwrap_or_default());
    }
    let argument = values.next().unwrap_or_default();
    let is_empty = |value: &Value| value.is_null() || value == &json!("");
    match function {
        Function::ArrayLength => argument.as_array().map_or(Value::Null, |array| json!(array.len())),
        Function::Coalesce => Value::Null,
        Function::IsEmpty => json!(is_empty(&argument)),
        Function::IsNotEmpty => json!(!is_empty(&argument)),
        Function::IsNull => json!(argument.is_null()),
        Function::IsNotNull => json!(!argument.is_null()),
        Function::Not => json!(argument == json!(false)),
        Function::ToLower => json!(folded(&text_of(&argument))),
        Function::ToString => json!(text_of(&argument)),
    }
}

fn holds(left: &Value, comparison: Comparison, right: &Value) -> bool {
    let (one, other) = (text_of(left), text_of(right));
    let is_equal = if right.is_string() { one == other } else { left == right };
    let order = left.as_i64().zip(right.as_i64()).map(|(left, right)| left.cmp(&right));
    match comparison {
        Comparison::Equal => is_equal,
        Comparison::NotEqual => !is_equal,
        Comparison::EqualFolded => folded(&one) == folded(&other),
        Comparison::NotEqualFolded => folded(&one) != folded(&other),
        Comparison::Has => has_term(&folded(&one), &folded(&other)),
        Comparison::Contains => folded(&one).contains(&folded(&other)),
        Comparison::StartsWith => folded(&one).starts_with(&folded(&other)),
        Comparison::Less => order == Some(Ordering::Less),
        Comparison::LessOrEqual => order.is_some_and(Ordering::is_le),
        Comparison::More => order == Some(Ordering::Greater),
        Comparison::MoreOrEqual => order.is_some_and(Ordering::is_ge),
    }
}

/// Whether `term` is there with nothing of a word right before and behind it.
fn has_term(text: &str, term: &str) -> bool {
    let is_edge = |character: Option<char>| !character.is_some_and(char::is_alphanumeric);
    text.match_indices(term)
        .any(|(at, _)| is_edge(text[..at].chars().next_back()) && is_edge(text[at + term.len()..].chars().next()))
}

fn folded(text: &str) -> String {
    text.to_ascii_lowercase()
}

fn text_of(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
