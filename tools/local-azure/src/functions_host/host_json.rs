//! host.json: the settings of the whole app that matter to a custom handler. Others are left to the real host.
//! Source: <https://learn.microsoft.com/azure/azure-functions/functions-host-json>.

use std::{thread::available_parallelism, time::Duration};

use serde_json::Value;

use super::time_span;

/// The host's default outside the Consumption plan.
const DEFAULT_FUNCTION_TIMEOUT: Duration = Duration::from_mins(30);

/// `HttpWorkerOptions.InitializationTimeout`.
const DEFAULT_INITIALIZATION_TIMEOUT: Duration = Duration::from_secs(30);

/// `ServiceBusOptions.MaxConcurrentCalls`, for each core.
const DEFAULT_CONCURRENT_CALLS_PER_CORE: usize = 16;

/// `ServiceBusOptions.MaxAutoLockRenewalDuration`.
const DEFAULT_LOCK_RENEWAL: Duration = Duration::from_mins(5);

/// What host.json says.
#[derive(Clone, Debug)]
pub struct HostJson {
    /// When an invocation is given up and the handler killed; `None` for never.
    pub function_timeout: Option<Duration>,
    /// The program.
    pub custom_handler: CustomHandler,
    /// The Service Bus triggers' settings.
    pub service_bus: ServiceBusExtension,
    /// True where triggers other than the host's own are installed.
    pub has_extension_bundle: bool,
}

/// The `customHandler` section.
#[derive(Clone, Debug)]
pub struct CustomHandler {
    /// The program, relative to the package.
    pub default_executable_path: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// How long it may take to answer for the first time.
    pub initialization_timeout: Duration,
}

/// The `extensions.serviceBus` section.
#[derive(Clone, Copy, Debug)]
pub struct ServiceBusExtension {
    /// Messages of one queue that are worked on at the same time.
    pub max_concurrent_calls: usize,
    /// How long a message's lock is renewed.
    pub max_auto_lock_renewal_duration: Duration,
}

impl HostJson {
    /// Reads the file's text.
    ///
    /// # Errors
    /// Where the host would not start with it, in words that name the setting.
    pub fn parse(text: &str) -> Result<Self, String> {
        let root: Value = serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
        if root["version"] != "2.0" {
            return Err(r#"set "version": "2.0"; hosts since v2 take no other"#.to_owned());
        }
        if !root["retry"].is_null() {
            return Err(r#"remove "retry": the real host would repeat Service Bus and Event Grid calls as well; put it in the timer's function.json"#.to_owned());
        }
        Ok(Self {
            function_timeout: function_timeout(&root["functionTimeout"])?,
            custom_handler: custom_handler(&root["customHandler"])?,
            service_bus: service_bus(&root["extensions"]["serviceBus"])?,
            has_extension_bundle: has_extension_bundle(&root["extensionBundle"])?,
        })
    }
}

fn function_timeout(value: &Value) -> Result<Option<Duration>, String> {
    match value {
        Value::String(text) if text == "-1" => Ok(None),
        other => duration("functionTimeout", other, DEFAULT_FUNCTION_TIMEOUT).map(Some),
    }
}

fn custom_handler(value: &Value) -> Result<CustomHandler, String> {
    let description = &value["description"];
    let path = description["defaultExecutablePath"].as_str().filter(|path| !path.is_empty());
    let arguments = description["arguments"].as_array().into_iter().flatten();
    Ok(CustomHandler {
        default_executable_path: path
            .ok_or("set customHandler.description.defaultExecutablePath to the handler's file name")?
            .to_owned(),
        arguments: arguments.filter_map(|argument| argument.as_str().map(str::to_owned)).collect(),
        initialization_timeout: duration(
            "customHandler.initializationTimeout",
            &value["initializationTimeout"],
            DEFAULT_INITIALIZATION_TIMEOUT,
        )?,
    })
}

fn service_bus(value: &Value) -> Result<ServiceBusExtension, String> {
    if value["autoCompleteMessages"] == false {
        return Err("set extensions.serviceBus.autoCompleteMessages to true: a custom handler cannot settle messages"
            .to_owned());
    }
    let calls = match &value["maxConcurrentCalls"] {
        Value::Null => DEFAULT_CONCURRENT_CALLS_PER_CORE * available_parallelism().map_or(1, usize::from),
        calls => calls
            .as_u64()
            .and_then(|calls| usize::try_from(calls).ok())
            .filter(|calls| *calls > 0)
            .ok_or("extensions.serviceBus.maxConcurrentCalls must be a positive number")?,
    };
    let renewal = "extensions.serviceBus.maxAutoLockRenewalDuration";
    Ok(ServiceBusExtension {
        max_concurrent_calls: calls,
        max_auto_lock_renewal_duration: duration(renewal, &value["maxAutoLockRenewalDuration"], DEFAULT_LOCK_RENEWAL)?,
    })
}

fn has_extension_bundle(value: &Value) -> Result<bool, String> {
    match (value, value["id"].as_str(), value["version"].as_str()) {
        (Value::Null, ..) => Ok(false),
        (_, Some(id), Some(_)) if id.starts_with("Microsoft.Azure.Functions.ExtensionBundle") => Ok(true),
        _ => Err(r#"extensionBundle needs the id "Microsoft.Azure.Functions.ExtensionBundle" and a version range"#
            .to_owned()),
    }
}

fn duration(name: &str, value: &Value, default: Duration) -> Result<Duration, String> {
    match value {
        Value::Null => Ok(default),
        value => value
            .as_str()
            .and_then(time_span::parse)
            .ok_or_else(|| format!("{name} is {value}; it must be a time span such as \"00:05:00\"")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDLER: &str = r#""customHandler":{"description":{"defaultExecutablePath":"handler"}}"#;

    #[test]
    fn settings_that_are_absent_have_the_hosts_defaults() {
        let host = HostJson::parse(&format!(r#"{{"version":"2.0",{HANDLER}}}"#)).expect("a minimal host.json");
        assert_eq!(host.function_timeout, Some(DEFAULT_FUNCTION_TIMEOUT));
        assert_eq!(host.service_bus.max_auto_lock_renewal_duration, DEFAULT_LOCK_RENEWAL);
        assert!(!host.has_extension_bundle);
    }

    #[test]
    fn an_unbounded_function_timeout_is_minus_one() {
        let host = HostJson::parse(&format!(r#"{{"version":"2.0","functionTimeout":"-1",{HANDLER}}}"#));
        assert_eq!(host.expect("a valid host.json").function_timeout, None);
    }

    #[test]
    fn what_the_host_would_refuse_is_refused_by_name() {
        for (text, name) in [
            ("{".to_owned(), "JSON"),
            (format!(r#"{{"version":"1.0",{HANDLER}}}"#), "version"),
            (r#"{"version":"2.0","customHandler":{}}"#.to_owned(), "defaultExecutablePath"),
            (format!(r#"{{"version":"2.0","functionTimeout":"5m",{HANDLER}}}"#), "functionTimeout"),
            (format!(r#"{{"version":"2.0","retry":{{}},{HANDLER}}}"#), "retry"),
            (format!(r#"{{"version":"2.0","extensionBundle":{{}},{HANDLER}}}"#), "extensionBundle"),
            (
                format!(r#"{{"version":"2.0","extensions":{{"serviceBus":{{"maxConcurrentCalls":0}}}},{HANDLER}}}"#),
                "maxConcurrentCalls",
            ),
        ] {
            let reason = HostJson::parse(&text).expect_err(&text);
            assert!(reason.contains(name), "{text}: {reason}");
        }
    }
}
