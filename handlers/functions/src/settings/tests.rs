use super::*;

const GOOD: &[(&str, &str)] = &[
    ("FUNCTIONS_CUSTOMHANDLER_PORT", "7071"),
    ("ServiceBusConnection__fullyQualifiedNamespace", "contoso.servicebus.windows.net"),
];

fn read(variables: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
    // The last one wins, so that a case can override a good value.
    let value = |name: &str| variables.iter().rev().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
    Settings::read(value).map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

fn with(more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
    [GOOD, more].concat()
}

#[test]
fn the_cloud_gives_the_endpoints() {
    for (cloud, arm) in [("public", "https://management.azure.com/"), ("China", "https://management.chinacloudapi.cn/")]
    {
        let settings = read(&with(&[("PORTREEVE_CLOUD", cloud)])).unwrap();
        assert_eq!(settings.endpoints.arm.as_str(), arm);
        assert_eq!(settings.endpoints.service_bus.as_str(), "https://contoso.servicebus.windows.net/");
    }
}

#[test]
fn a_local_azure_overrides_them() {
    let settings = read(&with(&[
        ("PORTREEVE_ARM_ENDPOINT", "http://127.0.0.1:4000"),
        ("PORTREEVE_SERVICE_BUS_ENDPOINT", "http://localhost:4001/"),
        ("PORTREEVE_DNS_SERVER", "127.0.0.1:5300"),
        ("PORTREEVE_VALIDATION_PORT", "4443"),
    ]));
    let settings = settings.unwrap();
    assert_eq!(settings.endpoints.arm.as_str(), "http://127.0.0.1:4000/");
    assert_eq!(settings.endpoints.service_bus.as_str(), "http://localhost:4001/");
    assert_eq!(settings.network.dns_server, Some("127.0.0.1:5300".parse().unwrap()));
    assert_eq!(settings.network.port, Some(4443));
}

#[test]
fn all_bad_settings_are_named_at_once() {
    let errors = read(&[("PORTREEVE_CLOUD", "mars"), ("PORTREEVE_DNS_SERVER", "dns.example")]).unwrap_err();
    let named: Vec<&str> = errors.iter().map(|error| error.split(": ").next().unwrap()).collect();
    assert_eq!(
        named,
        [
            "setting FUNCTIONS_CUSTOMHANDLER_PORT",
            "setting PORTREEVE_CLOUD",
            "setting ServiceBusConnection__fullyQualifiedNamespace",
            "setting PORTREEVE_DNS_SERVER"
        ]
    );
}

#[test]
fn each_bad_value_is_refused() {
    let cases = [
        ("FUNCTIONS_CUSTOMHANDLER_PORT", "0"),
        ("FUNCTIONS_CUSTOMHANDLER_PORT", "70000"),
        ("PORTREEVE_ARM_ENDPOINT", "management.azure.com"),
        ("PORTREEVE_ARM_ENDPOINT", "http://management.azure.com"),
        ("PORTREEVE_ARM_ENDPOINT", "http://127.0.0.1.evil.example"),
        ("PORTREEVE_ARM_ENDPOINT", "https://user@management.azure.com"),
        ("PORTREEVE_ARM_ENDPOINT", "https://management.azure.com/subscriptions"),
        ("PORTREEVE_SERVICE_BUS_ENDPOINT", "http://10.0.0.4"),
        ("ServiceBusConnection__fullyQualifiedNamespace", "Endpoint=sb://contoso/;SharedAccessKey=x"),
        ("PORTREEVE_IDENTITY_CLIENT_ID", "/subscriptions/x"),
        ("PORTREEVE_VALIDATION_PORT", "https"),
    ];
    for (name, value) in cases {
        let errors = read(&[GOOD, &[(name, value)]].concat()).unwrap_err();
        assert_eq!(errors.len(), 1, "{name}={value}: {errors:?}");
        assert!(errors[0].starts_with(&format!("setting {name}: ")), "{errors:?}");
    }
}
