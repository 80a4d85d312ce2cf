//! What is done to ARM's right answers, one after the other.

use arbitrary::{Arbitrary, Result, Unstructured};
use portreeve_fuzz::Answer;
use serde_json::{Value, json};

const STEPS_MAX: usize = 24;
/// 0 breaks the connection.
const STATUSES: [u16; 16] = [0, 200, 201, 202, 204, 301, 307, 400, 401, 403, 404, 409, 412, 429, 500, 503];
const HEADERS: [(&str, &str); 12] = [
    ("retry-after", "1"),
    ("retry-after", "-1"),
    ("retry-after", "99999999999999999999"),
    ("retry-after", "Fri, 31 Dec 9999 23:59:59 GMT"),
    ("azure-asyncoperation", "https://management.azure.com/subscriptions/1/operations/o?api-version=1"),
    ("azure-asyncoperation", "https://evil.example/operations/o"),
    ("azure-asyncoperation", "//evil.example/o"),
    ("location", "https://management.azure.com:444/operations/o"),
    ("location", "http://management.azure.com/operations/o"),
    ("location", "https://management.azure.com@evil.example/"),
    ("location", "\\\\evil.example\\o"),
    ("etag", "e-2"),
];
/// What may stand in the place of any part of a body.
const TEXTS: [&str; 21] = [
    "",
    "..",
    "*",
    "a/../b",
    "a%2fb",
    "kv?x=1",
    "\u{1b}[2J\n",
    "Approved",
    "Pending",
    "Disconnected",
    "Updating",
    "Failed",
    "10.0.0.4",
    "fe80::1",
    "kv.vault.azure.net.",
    "*.vault.azure.net",
    "a/b/c.vault.azure.net",
    "https://evil.example/next",
    "https://management.azure.com/subscriptions/next",
    "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg/providers/Microsoft.KeyVault/vaults/kv/privateEndpointConnections/other",
    "/subscriptions/44444444-4444-4444-4444-444444444444/resourceGroups/rg/providers/Microsoft.Network/privateEndpoints/other",
];

/// Which side is reconciled, and what goes otherwise than it should.
#[derive(Debug)]
pub struct Case {
    /// The target, or else the endpoint.
    pub is_about_target: bool,
    /// One for each answer, in order; after the last all is well.
    pub steps: Vec<Step>,
}

/// What is done to one answer.
#[derive(Debug)]
pub struct Step {
    status: Option<u16>,
    headers: Vec<(&'static str, &'static str)>,
    change: Change,
}

#[derive(Debug)]
enum Change {
    None,
    /// The part of the body with this number becomes this value.
    Part(usize, Value),
    /// The list goes on there.
    NextLink(&'static str),
    Body(Vec<u8>),
}

impl<'a> Arbitrary<'a> for Case {
    fn arbitrary(input: &mut Unstructured<'a>) -> Result<Self> {
        let is_about_target = input.arbitrary()?;
        let mut steps = Vec::new();
        for _ in 0..input.int_in_range(0..=STEPS_MAX)? {
            steps.push(step(input)?);
        }
        Ok(Self { is_about_target, steps })
    }
}

fn step(input: &mut Unstructured<'_>) -> Result<Step> {
    let status = if input.ratio(1, 4)? { Some(*input.choose(&STATUSES)?) } else { None };
    let mut headers = Vec::new();
    // A count, because input that is used up answers each question in the same way.
    for _ in 0..input.int_in_range(0..=2)? {
        headers.push(*input.choose(&HEADERS)?);
    }
    let change = match input.int_in_range(0..=9)? {
        0..=3 => Change::None,
        4..=7 => Change::Part(input.int_in_range(0..=60)?, value(input)?),
        8 => Change::NextLink(*input.choose(&TEXTS)?),
        _ => Change::Body(input.arbitrary()?),
    };
    Ok(Step { status, headers, change })
}

fn value(input: &mut Unstructured<'_>) -> Result<Value> {
    Ok(match input.int_in_range(0..=9)? {
        0 => Value::Null,
        1 => json!(input.arbitrary::<i64>()?),
        2 => json!([]),
        3 => json!({}),
        4 => json!(input.arbitrary::<&str>()?),
        _ => json!(*input.choose(&TEXTS)?),
    })
}

impl Step {
    /// The answer with this done to it.
    pub fn done_to(self, right: Answer) -> Answer {
        let mut answer =
            Answer { status: self.status.unwrap_or(right.status), headers: self.headers, body: right.body };
        let mut body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match self.change {
            Change::None => return answer,
            Change::Part(number, value) => {
                replace(&mut body, &mut Some(number), &value);
            }
            Change::NextLink(link) => {
                if let Value::Object(members) = &mut body {
                    members.insert("nextLink".to_owned(), json!(link));
                }
            }
            Change::Body(bytes) => {
                answer.body = bytes;
                return answer;
            }
        }
        answer.body = body.to_string().into_bytes();
        answer
    }
}

/// Replaces the part with this number, counted from the outermost in. `None` is: it is done.
fn replace(part: &mut Value, number: &mut Option<usize>, value: &Value) {
    match *number {
        None => return,
        Some(0) => {
            *part = value.clone();
            *number = None;
            return;
        }
        Some(more) => *number = Some(more - 1),
    }
    match part {
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, number, value)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, number, value)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
