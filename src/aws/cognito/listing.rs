//! Pools and clients by name, through the complete listings.

use aws_sdk_cognitoidentityprovider::Client;

use crate::aws::members::text;
use crate::aws::{Aws, error};
use crate::resource::{OpResult, Run};

/// How many pools or clients a page can have.
const PAGE: i32 = 60;

/// The ids of the pools of a name, sorted.
pub(super) async fn pools_named(aws: &Aws, client: &Client, name: &str, run: &Run<'_>) -> OpResult<Vec<String>> {
    let (mut ids, mut token) = (Vec::new(), None);
    loop {
        let page = aws
            .repeat(run, || async {
                let call = client.list_user_pools().max_results(PAGE).set_next_token(token.clone());
                call.send().await.map_err(error::from("cognito-idp:ListUserPools"))
            })
            .await?;
        let found = page.user_pools().iter().filter(|pool| pool.name() == Some(name));
        ids.extend(found.filter_map(|pool| text(pool.id())));
        token = text(page.next_token());
        if token.is_none() {
            ids.sort();
            return Ok(ids);
        }
    }
}

/// The ids of a pool's clients of a name, sorted.
pub(super) async fn clients_named(
    aws: &Aws,
    client: &Client,
    pool: &str,
    name: &str,
    run: &Run<'_>,
) -> OpResult<Vec<String>> {
    let (mut ids, mut token) = (Vec::new(), None);
    loop {
        let page = aws
            .repeat(run, || async {
                let call = client.list_user_pool_clients().user_pool_id(pool).max_results(PAGE);
                let answer = call.set_next_token(token.clone()).send().await;
                answer.map_err(error::from("cognito-idp:ListUserPoolClients"))
            })
            .await?;
        let found = page.user_pool_clients().iter().filter(|client| client.client_name() == Some(name));
        ids.extend(found.filter_map(|client| text(client.client_id())));
        token = text(page.next_token());
        if token.is_none() {
            ids.sort();
            return Ok(ids);
        }
    }
}
