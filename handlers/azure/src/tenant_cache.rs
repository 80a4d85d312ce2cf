//! The tenants of subscriptions, kept for a while: a subscription hardly ever changes its tenant.

use std::time::Duration;

use time::OffsetDateTime;

use crate::arm::Arm;
use crate::error::AzureError;
use crate::kept::Kept;

/// A tenant is read anew after this long.
const KEPT_FOR: Duration = Duration::from_secs(3600);
/// That ARM does not say is kept for less: the subscription may only be new.
const UNKNOWN_KEPT_FOR: Duration = Duration::from_secs(60);

/// What is kept for each subscription.
#[derive(Debug, Default)]
pub(crate) struct TenantCache {
    tenants: Kept<Option<String>>,
}

impl TenantCache {
    /// The tenant of a subscription as [`Arm::tenant_of`] reads it, or read it lately. A failure is not kept.
    pub async fn tenant(
        &self,
        arm: &Arm,
        subscription: &str,
        now: OffsetDateTime,
    ) -> Result<Option<String>, AzureError> {
        let read = async {
            let tenant = arm.tenant_of(subscription).await?;
            let kept_for = if tenant.is_some() { KEPT_FOR } else { UNKNOWN_KEPT_FOR };
            Ok((tenant, kept_for))
        };
        self.tenants.get_or_read(&subscription.to_ascii_lowercase(), now, read).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scripted::{ScriptedAnswer, arm};

    const SUBSCRIPTION: &str = "aaaaaaaa-1111-1111-1111-111111111111";
    const TENANT: &str = "99999999-9999-9999-9999-999999999999";

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap()
    }

    fn known() -> ScriptedAnswer {
        (200, Vec::new(), format!(r#"{{"tenantId":"{TENANT}"}}"#))
    }

    fn unknown() -> ScriptedAnswer {
        (404, Vec::new(), r#"{"error":{"code":"SubscriptionNotFound"}}"#.to_owned())
    }

    #[tokio::test]
    async fn a_tenant_is_read_once_an_hour() {
        let (arm, http, _) = arm(vec![known(), known()]);
        let cache = TenantCache::default();
        for (second, requests) in [(0, 1), (3599, 1), (3600, 2), (3601, 2)] {
            let subscription = if second == 3599 { SUBSCRIPTION.to_uppercase() } else { SUBSCRIPTION.to_owned() };
            assert_eq!(cache.tenant(&arm, &subscription, at(second)).await.unwrap().as_deref(), Some(TENANT));
            assert_eq!(http.requests().len(), requests, "at {second} s");
        }
    }

    #[tokio::test]
    async fn an_unknown_tenant_is_asked_for_again_after_a_minute() {
        let (arm, http, _) = arm(vec![unknown(), unknown(), known()]);
        let cache = TenantCache::default();
        assert_eq!(cache.tenant(&arm, SUBSCRIPTION, at(0)).await.unwrap(), None);
        assert_eq!(cache.tenant(&arm, SUBSCRIPTION, at(59)).await.unwrap(), None);
        assert_eq!(http.requests().len(), 2);
        assert_eq!(cache.tenant(&arm, SUBSCRIPTION, at(60)).await.unwrap().as_deref(), Some(TENANT));
    }

    #[tokio::test]
    async fn a_failure_is_not_kept() {
        let broken = || (500, Vec::new(), "{}".to_owned());
        let (arm, ..) = arm(vec![broken(), broken(), broken(), known()]);
        let cache = TenantCache::default();
        cache.tenant(&arm, SUBSCRIPTION, at(0)).await.unwrap_err();
        assert_eq!(cache.tenant(&arm, SUBSCRIPTION, at(0)).await.unwrap().as_deref(), Some(TENANT));
    }
}
