//! A query as it is written: a table and what is done to its rows, one step after another.

/// A query.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Query {
    /// The table, in lower case.
    pub table: String,
    /// The steps.
    pub steps: Vec<Step>,
}

/// What is done to all rows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Step {
    /// Keeps the rows for which it holds.
    Where(Expression),
    /// Adds columns, or puts others in their place.
    Extend(Vec<(String, Expression)>),
    /// Keeps these columns only.
    Project(Vec<(String, Expression)>),
    /// One row for each element of an array, `limit` of a row's at most.
    MvExpand {
        /// The column that gets the element.
        column: String,
        /// The array.
        array: Expression,
        /// How many elements of one array.
        limit: usize,
    },
    /// Sorts by columns; `true` is descending.
    Order(Vec<(Expression, bool)>),
    /// `join kind=leftouter (query) on column`.
    LeftOuterJoin {
        /// The right side.
        right: Query,
        /// The column of both sides.
        on: String,
    },
    /// The first rows only.
    Limit(usize),
}

/// A value of a row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Expression {
    /// A column.
    Column(String),
    /// A member of a dynamic value.
    Member(Box<Self>, String),
    /// An element of a dynamic value, from 0.
    Element(Box<Self>, usize),
    /// A text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// `true` or `false`.
    Bool(bool),
    /// A function.
    Call(Function, Vec<Self>),
    /// Two values compared.
    Compare(Box<Self>, Comparison, Box<Self>),
    /// `in` and its kin.
    In {
        /// What is looked for.
        value: Box<Self>,
        /// Among these texts.
        texts: Vec<String>,
        /// Whether letter case counts.
        is_exact: bool,
        /// Whether it must not be there.
        is_negated: bool,
    },
    /// Both hold.
    And(Box<Self>, Box<Self>),
    /// One holds.
    Or(Box<Self>, Box<Self>),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `=~`: without letter case.
    EqualFolded,
    /// `!~`
    NotEqualFolded,
    /// `has`: a whole term of it, without letter case.
    Has,
    /// `contains`: without letter case.
    Contains,
    /// `startswith`: without letter case.
    StartsWith,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    More,
    /// `>=`
    MoreOrEqual,
}

/// A scalar function.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Function {
    /// `array_length`
    ArrayLength,
    /// `coalesce`, of texts.
    Coalesce,
    /// `isempty`
    IsEmpty,
    /// `isnotempty`
    IsNotEmpty,
    /// `isnotnull`
    IsNotNull,
    /// `isnull`
    IsNull,
    /// `not`
    Not,
    /// `tolower`
    ToLower,
    /// `tostring`
    ToString,
}

impl Function {
    /// The function by its name.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        Some(match name {
            "array_length" => Self::ArrayLength,
            "coalesce" => Self::Coalesce,
            "isempty" => Self::IsEmpty,
            "isnotempty" => Self::IsNotEmpty,
            "isnotnull" => Self::IsNotNull,
            "isnull" => Self::IsNull,
            "not" => Self::Not,
            "tolower" => Self::ToLower,
            "tostring" => Self::ToString,
            _ => return None,
        })
    }
}
