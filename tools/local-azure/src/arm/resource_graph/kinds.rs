//! Whether a query makes sense for its tables: every column exists, and every value is of a kind that fits its place.
//!
//! It is as strict as the language, and stricter where it would convert silently: a dynamic value has to go through
//! `tostring` before it is sorted by, joined on or put in lower case.

use std::collections::BTreeMap;

use super::{
    refusal::Refusal,
    syntax::{Comparison, Expression, Function, Query, Step},
    tables,
};

/// What kind of values a column has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// `string`, which is never null.
    Text,
    /// `long`.
    Number,
    /// `bool`.
    Bool,
    /// `dynamic`: whatever JSON has.
    Dynamic,
}

/// Columns with their kinds.
pub type Columns = BTreeMap<String, Kind>;

/// The columns of a query's answer.
pub fn columns_of(query: &Query) -> Result<Columns, Refusal> {
    let mut columns = tables::columns(&query.table)
        .ok_or_else(|| Refusal::semantic(format!("There is no table '{}'.", query.table)))?;
    for step in &query.steps {
        columns = after(columns, step)?;
    }
    Ok(columns)
}

fn after(mut columns: Columns, step: &Step) -> Result<Columns, Refusal> {
    match step {
        Step::Where(condition) => expect(&columns, condition, &[Kind::Bool])?,
        Step::Extend(extended) => {
            for (name, value) in extended {
                let kind = kind_of(&columns, value)?;
                columns.insert(name.clone(), kind);
            }
        }
        Step::Project(kept) => {
            let kinds = kept.iter().map(|(name, value)| Ok((name.clone(), kind_of(&columns, value)?)));
            return kinds.collect();
        }
        Step::MvExpand { column, array, .. } => {
            expect(&columns, array, &[Kind::Dynamic])?;
            columns.insert(column.clone(), Kind::Dynamic);
        }
        Step::Order(by) => {
            for (value, _) in by {
                expect(&columns, value, &[Kind::Text, Kind::Number, Kind::Bool])?;
            }
        }
        Step::LeftOuterJoin { right, on } => {
            let right = columns_of(right)?;
            let is_text = |side: &Columns| side.get(on) == Some(&Kind::Text);
            if !is_text(&columns) || !is_text(&right) {
                return Err(Refusal::semantic(format!("'{on}' is not a text column of both sides of the join.")));
            }
            for (name, kind) in right {
                columns.insert(joined_name(&columns, name), kind);
            }
        }
        Step::Limit(_) => {}
    }
    Ok(columns)
}

/// What a column of the right side is called where the left has one of that name: `id1`.
pub fn joined_name<T>(left: &BTreeMap<String, T>, name: String) -> String {
    if left.contains_key(&name) { format!("{name}1") } else { name }
}

fn kind_of(columns: &Columns, value: &Expression) -> Result<Kind, Refusal> {
    match value {
        Expression::Column(name) => {
            columns.get(name).copied().ok_or_else(|| Refusal::semantic(format!("There is no column '{name}'.")))
        }
        Expression::Member(parent, _) | Expression::Element(parent, _) => {
            expect(columns, parent, &[Kind::Dynamic])?;
            Ok(Kind::Dynamic)
        }
        Expression::Text(_) => Ok(Kind::Text),
        Expression::Number(_) => Ok(Kind::Number),
        Expression::Bool(_) => Ok(Kind::Bool),
        Expression::Call(function, arguments) => call(columns, *function, arguments),
        Expression::Compare(left, comparison, right) => {
            compare(columns, left, *comparison, right)?;
            Ok(Kind::Bool)
        }
        Expression::In { value, .. } => {
            expect(columns, value, &[Kind::Text, Kind::Dynamic])?;
            Ok(Kind::Bool)
        }
        Expression::And(left, right) | Expression::Or(left, right) => {
            expect(columns, left, &[Kind::Bool])?;
            expect(columns, right, &[Kind::Bool])?;
            Ok(Kind::Bool)
        }
    }
}

fn compare(columns: &Columns, left: &Expression, comparison: Comparison, right: &Expression) -> Result<(), Refusal> {
    let kinds = (kind_of(columns, left)?, kind_of(columns, right)?);
    let fits = match comparison {
        Comparison::Equal | Comparison::NotEqual => {
            kinds.1 != Kind::Dynamic && (kinds.0 == kinds.1 || kinds.0 == Kind::Dynamic)
        }
        Comparison::EqualFolded
        | Comparison::NotEqualFolded
        | Comparison::Has
        | Comparison::Contains
        | Comparison::StartsWith => matches!(kinds, (Kind::Text | Kind::Dynamic, Kind::Text)),
        Comparison::Less | Comparison::LessOrEqual | Comparison::More | Comparison::MoreOrEqual => {
            kinds == (Kind::Number, Kind::Number)
        }
    };
    if fits { Ok(()) } else { Err(Refusal::semantic(format!("{kinds:?} cannot be compared by {comparison:?}."))) }
}

fn call(columns: &Columns, function: Function, arguments: &[Expression]) -> Result<Kind, Refusal> {
    let any = [Kind::Text, Kind::Number, Kind::Bool, Kind::Dynamic];
    let (taken, given): (&[Kind], Kind) = match function {
        Function::ArrayLength => (&[Kind::Dynamic], Kind::Number),
        Function::Coalesce => (&[Kind::Text], Kind::Text),
        Function::IsEmpty | Function::IsNotEmpty | Function::IsNull | Function::IsNotNull => (&any, Kind::Bool),
        Function::Not => (&[Kind::Bool], Kind::Bool),
        Function::ToLower => (&[Kind::Text], Kind::Text),
        Function::ToString => (&any, Kind::Text),
    };
    let has_enough = if function == Function::Coalesce { arguments.len() > 1 } else { arguments.len() == 1 };
    if !has_enough {
        return Err(Refusal::semantic(format!("{function:?} takes another number of arguments.")));
    }
    for argument in arguments {
        expect(columns, argument, taken)?;
    }
    Ok(given)
}

fn expect(columns: &Columns, value: &Expression, kinds: &[Kind]) -> Result<(), Refusal> {
    let kind = kind_of(columns, value)?;
    if kinds.contains(&kind) {
        return Ok(());
    }
    Err(Refusal::semantic(format!("{kind:?} stands where {kinds:?} should.")))
}
