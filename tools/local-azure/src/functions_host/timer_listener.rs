//! Runs a function when its schedule says so. Runs of one timer never overlap.
//! Source: `TimerListener` and `TimerInfo` of Azure/azure-webjobs-sdk-extensions.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use time::{OffsetDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::{
    binding_data::BindingData,
    call::Call,
    function_json::{FunctionDefinition, Trigger},
    host_value::HostValue,
    invoker::Invoker,
    ncrontab::Ncrontab,
};
use crate::chance::now;

/// .NET's local time on a host that runs in UTC.
const LOCAL_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]+00:00");

/// What .NET says of a timer that has never run.
const NEVER: &str = "0001-01-01T00:00:00";

/// Runs until the task is aborted.
pub(super) async fn listen(invoker: Arc<Invoker>, function: Arc<FunctionDefinition>) {
    let Trigger::Timer { schedule, run_on_startup, use_monitor } = &function.trigger.trigger else { return };
    let mut last = None;
    if *run_on_startup {
        last = Some(run(&invoker, &function, schedule, *use_monitor, last).await);
    }
    while let Some(next) = schedule.next_after(now()) {
        let wait = next - now();
        tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
        last = Some(run(&invoker, &function, schedule, *use_monitor, last).await);
    }
}

async fn run(
    invoker: &Invoker,
    function: &FunctionDefinition,
    schedule: &Ncrontab,
    use_monitor: bool,
    last: Option<OffsetDateTime>,
) -> OffsetDateTime {
    let now = now();
    // A failed run is reported by the invoker; the next one comes by the schedule.
    let _ = invoker.invoke(function, call(&function.trigger.name, use_monitor.then_some(schedule), last, now)).await;
    now
}

/// The call of a timer that last ran at `last`. A timer without a monitor has no `schedule` to tell.
#[must_use]
pub(super) fn call(
    binding_name: &str,
    schedule: Option<&Ncrontab>,
    last: Option<OffsetDateTime>,
    now: OffsetDateTime,
) -> Call {
    let last = last.map_or_else(|| Value::from(NEVER), local_time);
    let status = |schedule: &Ncrontab| json!({ "Last": last, "Next": schedule.next_after(now).map(local_time), "LastUpdated": last });
    let value = json!({
        "Schedule": { "AdjustForDST": true },
        "ScheduleStatus": schedule.map(status),
        "IsPastDue": false,
    });
    Call { binding_name: binding_name.to_owned(), value: HostValue::Json(value), binding_data: BindingData::default() }
}

fn local_time(time: OffsetDateTime) -> Value {
    time.format(LOCAL_TIME).expect("the format has only parts that every time has").into()
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_timer_is_an_object_in_pascal_case_and_tells_nothing_else() {
        let schedule = Ncrontab::parse("0 */15 * * * *").expect("NCRONTAB");
        let now = datetime!(2026-11-21 10:07:30 UTC);
        let body = call("timer", Some(&schedule), None, now).body("Sweep", now);
        let expected = json!({
            "Schedule": { "AdjustForDST": true },
            "ScheduleStatus": {
                "Last": "0001-01-01T00:00:00",
                "Next": "2026-11-21T10:15:00.0000000+00:00",
                "LastUpdated": "0001-01-01T00:00:00",
            },
            "IsPastDue": false,
        });
        assert_eq!(body["Data"]["timer"], expected);
        let metadata = body["Metadata"].as_object().expect("an object");
        assert_eq!(metadata.keys().collect::<Vec<_>>(), ["sys"]);
        let unmonitored = call("timer", None, None, now).body("Sweep", now);
        assert_eq!(unmonitored["Data"]["timer"]["ScheduleStatus"], Value::Null);
    }
}
