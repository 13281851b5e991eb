//! A member that must not be sent and that the SDK always sends.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_types::body::SdkBody;
use serde_json::Value as Json;

/// Takes `UnusedAccountValidityDays` out of a request. AWS refuses it beside the password policy's
/// `TemporaryPasswordValidityDays`, which took its place; the SDK sends the number even where it was never set.
pub(super) fn leave_out(request: &mut HttpRequest) {
    let Some(body) = request.body().bytes().and_then(without_member) else {
        return;
    };
    request.headers_mut().insert("content-length", body.len().to_string());
    *request.body_mut() = SdkBody::from(body);
}

fn without_member(body: &[u8]) -> Option<Vec<u8>> {
    let mut document: Json = serde_json::from_slice(body).ok()?;
    document.get_mut("AdminCreateUserConfig")?.as_object_mut()?.shift_remove("UnusedAccountValidityDays")?;
    serde_json::to_vec(&document).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_one_member_goes() {
        let body = br#"{"PoolName":"p","AdminCreateUserConfig":{"AllowAdminCreateUserOnly":true,"UnusedAccountValidityDays":0}}"#;
        let left = without_member(body).unwrap();
        assert_eq!(left, br#"{"PoolName":"p","AdminCreateUserConfig":{"AllowAdminCreateUserOnly":true}}"#);
        assert_eq!(without_member(br#"{"PoolName":"p"}"#), None);
    }
}
