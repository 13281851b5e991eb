//! A DynamoDB that takes its time and refuses what AWS refuses: one index change at a time and none while the table is
//! at work, exact attribute definitions, nothing that is so already. Emulators accept all of these.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use recon::aws::{Aws, Settings, registry};
use recon::resource::Registry;
use serde_json::{Value as Json, json};

/// The region of the table.
const HOME: &str = "us-east-1";
/// How many descriptions show a change under way.
const SLOW: u32 = 3;

/// The service, shared by the clients that call it.
#[derive(Clone, Debug, Default)]
pub(super) struct Cloud(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    table: Option<Json>,
    /// Descriptions until the table shows at all, and until it is at rest.
    hidden: u32,
    busy: u32,
    /// Calls to backups that are refused since they are not ready.
    backups_refused: u32,
    ttl: Json,
    /// Of the table and of its copies, by region.
    backups: BTreeMap<String, Json>,
    tags: BTreeMap<String, Json>,
    import: Json,
    calls: Vec<String>,
    refusals: Vec<String>,
    lost: Vec<&'static str>,
    flip_refused: bool,
}

type Answer = Result<Json, (&'static str, String)>;

fn refuse<T>(code: &'static str, message: impl Into<String>) -> Result<T, (&'static str, String)> {
    Err((code, message.into()))
}

impl Cloud {
    pub(super) fn registry(&self) -> Registry {
        let connector = SharedHttpConnector::new(self.clone());
        registry(&Aws::new(Settings {
            region: Some("us-east-1".into()),
            keys: Some(("test".into(), "test".into(), None)),
            http: Some(http_client_fn(move |_, _| connector.clone())),
            ..Settings::default()
        }))
    }

    /// Carries out the next call of an operation, but loses its answer.
    pub(super) fn lose(&self, operation: &'static str) {
        self.with(|state| state.lost.push(operation));
    }

    /// Refuses to make the table on-demand, as within a day of the last time.
    pub(super) fn refuse_flips(&self) {
        self.with(|state| state.flip_refused = true);
    }

    /// Takes the changing calls so far: each with the members it sent.
    pub(super) fn take_calls(&self) -> Vec<String> {
        self.with(|state| std::mem::take(&mut state.calls))
    }

    /// Takes the codes of refusals so far.
    pub(super) fn take_refusals(&self) -> Vec<String> {
        self.with(|state| std::mem::take(&mut state.refusals))
    }

    fn with<T>(&self, act: impl FnOnce(&mut State) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl HttpConnector for Cloud {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let target = request.headers().get("x-amz-target").unwrap_or_default().to_owned();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let body: Json = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
        // The host is that of the region, or that of the account in it.
        let region = request.uri().split('.').find(|label| label.matches('-').count() == 2);
        let region = region.unwrap_or_default().to_owned();
        HttpConnectorFuture::ready(self.with(|state| {
            let answer = state.answer(&region, &operation, &body);
            if let Some(at) = state.lost.iter().position(|lost| *lost == operation) {
                state.lost.remove(at);
                return Err(ConnectorError::io("the connection was reset".into()));
            }
            let (status, body) = match answer {
                Ok(body) => (200_u16, body),
                Err((code, message)) => {
                    state.refusals.push(code.to_owned());
                    (400, json!({"__type": format!("com.amazonaws.dynamodb.v20120810#{code}"), "message": message}))
                }
            };
            let status = status.try_into().expect("a status");
            Ok(HttpResponse::new(status, SdkBody::from(body.to_string())))
        }))
    }
}

impl State {
    fn answer(&mut self, region: &str, operation: &str, body: &Json) -> Answer {
        let name = body["TableName"].as_str().unwrap_or_default();
        if !operation.starts_with("Describe") && !operation.starts_with("List") {
            let elsewhere = if region == HOME { String::new() } else { format!("{region}: ") };
            self.calls.push(format!("{elsewhere}{}", described(operation, body)));
        }
        match operation {
            "CreateTable" => return self.create(name, body),
            "ImportTable" => return self.import(body),
            "RestoreTableFromBackup" => return self.restore(body),
            "DescribeImport" => {
                let status = if self.busy > 0 { "IN_PROGRESS" } else { "COMPLETED" };
                self.busy = self.busy.saturating_sub(1);
                self.import["ImportStatus"] = json!(status);
                return Ok(json!({"ImportTableDescription": self.import}));
            }
            "ListImports" => return Ok(json!({"ImportSummaryList": [self.import]})),
            _ => {}
        }
        if self.table.is_none() || (operation == "DescribeTable" && self.hidden > 0) {
            self.hidden = self.hidden.saturating_sub(1);
            return refuse(
                "ResourceNotFoundException",
                format!("Requested resource not found: Table: {name} not found"),
            );
        }
        match operation {
            "DescribeTable" => Ok(json!({"Table": self.describe()})),
            "UpdateTable" => self.update(body),
            "DeleteTable" => {
                self.idle()?;
                if self
                    .table
                    .as_ref()
                    .is_some_and(|table| table["Replicas"].as_array().is_some_and(|all| !all.is_empty()))
                {
                    return refuse("ValidationException", "The table has replicas");
                }
                let gone = self.table.take();
                Ok(json!({"TableDescription": gone}))
            }
            "DescribeTimeToLive" => Ok(json!({"TimeToLiveDescription": self.ttl})),
            "UpdateTimeToLive" => {
                let wish = &body["TimeToLiveSpecification"];
                let status = if wish["Enabled"] == json!(true) { "ENABLING" } else { "DISABLING" };
                self.ttl = json!({"TimeToLiveStatus": status, "AttributeName": wish["AttributeName"]});
                Ok(json!({"TimeToLiveSpecification": wish}))
            }
            "DescribeContinuousBackups" => Ok(json!({"ContinuousBackupsDescription": self.backups.get(region)})),
            "UpdateContinuousBackups" if self.backups_refused > 0 => {
                self.backups_refused -= 1;
                let message = "Backups are being enabled for the table. Please retry later";
                refuse("ContinuousBackupsUnavailableException", message)
            }
            "UpdateContinuousBackups" => {
                let wish = &body["PointInTimeRecoverySpecification"];
                let status = if wish["PointInTimeRecoveryEnabled"] == json!(true) { "ENABLED" } else { "DISABLED" };
                let recovery = json!({"PointInTimeRecoveryStatus": status, "RecoveryPeriodInDays": 35});
                let backups = json!({"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery});
                self.backups.insert(region.to_owned(), backups.clone());
                Ok(json!({"ContinuousBackupsDescription": backups}))
            }
            "ListTagsOfResource" => Ok(json!({"Tags": self.tags.get(region)})),
            "TagResource" => {
                self.tags.insert(region.to_owned(), body["Tags"].clone());
                Ok(json!({}))
            }
            other => refuse("UnknownOperationException", other),
        }
    }

    fn idle(&mut self) -> Result<(), (&'static str, String)> {
        if self.busy > 0 {
            self.busy -= 1;
            let message = "Attempt to change a resource which is still in use: Table is being updated";
            return refuse("ResourceInUseException", message);
        }
        Ok(())
    }

    fn create(&mut self, name: &str, body: &Json) -> Answer {
        if self.table.is_some() {
            return refuse("ResourceInUseException", format!("Table already exists: {name}"));
        }
        let mut table = body.clone();
        table["TableArn"] = json!(format!("arn:aws:dynamodb:us-east-1:123456789012:table/{name}"));
        table["BillingModeSummary"] = json!({"BillingMode": body["BillingMode"]});
        self.tags.insert(HOME.to_owned(), body["Tags"].clone());
        self.ttl = json!({"TimeToLiveStatus": "DISABLED"});
        self.backups.clear();
        (self.hidden, self.busy, self.backups_refused) = (2, SLOW, 2);
        exact_definitions(&table, "ValidationException")?;
        self.table = Some(table);
        let mut shown = self.describe();
        shown["TableStatus"] = json!("CREATING");
        Ok(json!({"TableDescription": shown}))
    }

    /// One import by each token. Neither stream nor class nor tags are known to it.
    fn import(&mut self, body: &Json) -> Answer {
        if self.import["ClientToken"] != body["ClientToken"] {
            let wish = &body["TableCreationParameters"];
            self.create(wish["TableName"].as_str().unwrap_or_default(), wish)?;
            let arn = self.table.as_ref().map(|table| table["TableArn"].clone());
            self.import = json!({"ImportArn": "arn:import", "ImportStatus": "IN_PROGRESS", "TableArn": arn,
                "ClientToken": body["ClientToken"]});
        }
        Ok(json!({"ImportTableDescription": self.import}))
    }

    fn restore(&mut self, body: &Json) -> Answer {
        let indexes = body["GlobalSecondaryIndexOverride"].as_array().cloned().unwrap_or_default();
        let origin = json!({"SourceBackupArn": body["BackupArn"], "SourceTableArn": "arn:table/old",
            "RestoreDateTime": 1_767_268_800, "RestoreInProgress": true});
        let table = json!({"TableName": body["TargetTableName"], "BillingMode": body["BillingModeOverride"],
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}], "GlobalSecondaryIndexes": indexes,
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}], "RestoreSummary": origin});
        self.create(body["TargetTableName"].as_str().unwrap_or_default(), &table)
    }

    /// The table rests before its new indexes do.
    fn describe(&mut self) -> Json {
        let mut table = self.table.clone().unwrap_or_default();
        table["TableStatus"] = json!(if self.busy > 1 { "UPDATING" } else { "ACTIVE" });
        let status = if self.busy > 0 { "CREATING" } else { "ACTIVE" };
        for index in table["GlobalSecondaryIndexes"].as_array_mut().into_iter().flatten() {
            index["IndexStatus"] = json!(status);
        }
        self.busy = self.busy.saturating_sub(1);
        table
    }

    fn update(&mut self, body: &Json) -> Answer {
        self.idle()?;
        let Some(mut table) = self.table.clone() else {
            return refuse("ResourceNotFoundException", "no table");
        };
        let changes = body["GlobalSecondaryIndexUpdates"].as_array().cloned().unwrap_or_default();
        if changes.iter().filter(|change| change.get("Update").is_none()).count() > 1 {
            return refuse("ValidationException", "Only one index can be created or deleted per call");
        }
        if body.get("SSESpecification").is_some() && body.as_object().is_some_and(|members| members.len() > 2) {
            return refuse("ValidationException", "SSE must be the only change");
        }
        self.flip(&mut table, body)?;
        for change in &changes {
            change_index(&mut table, change)?;
        }
        if let Some(stream) = body.get("StreamSpecification") {
            if table["StreamSpecification"]["StreamEnabled"] == stream["StreamEnabled"] {
                return refuse("ValidationException", "The stream is in that state already");
            }
            table["StreamSpecification"] = stream.clone();
        }
        replicate(&mut table, body)?;
        if let Some(class) = body.get("TableClass") {
            table["TableClassSummary"] = json!({"TableClass": class});
        }
        if let Some(definitions) = body.get("AttributeDefinitions") {
            table["AttributeDefinitions"] = definitions.clone();
        }
        exact_definitions(&table, "ValidationException")?;
        self.table = Some(table);
        self.busy = SLOW;
        Ok(json!({"TableDescription": self.table}))
    }

    fn flip(&self, table: &mut Json, body: &Json) -> Result<(), (&'static str, String)> {
        let changes = body["GlobalSecondaryIndexUpdates"].as_array().map_or(0, Vec::len);
        let there = table["GlobalSecondaryIndexes"].as_array().map_or(0, Vec::len);
        match body["BillingMode"].as_str() {
            Some("PROVISIONED") if body.get("ProvisionedThroughput").is_none() || changes != there => {
                return refuse("ValidationException", "The table and each index need a capacity");
            }
            Some("PAY_PER_REQUEST") if self.flip_refused => {
                let message =
                    "Subscriber limit exceeded: Update to PayPerRequest mode are limited to once in 1 day(s).";
                return refuse("LimitExceededException", message);
            }
            Some("PAY_PER_REQUEST") if body.get("ProvisionedThroughput").is_some() || changes > 0 => {
                return refuse("ValidationException", "An on-demand table takes no capacity");
            }
            Some(mode) => {
                // Noon on the first day of 2026.
                let last = if mode == "PAY_PER_REQUEST" { json!(1_767_268_800) } else { Json::Null };
                table["BillingModeSummary"] = json!({"BillingMode": mode, "LastUpdateToPayPerRequestDateTime": last});
            }
            None => {}
        }
        if let Some(capacity) = body.get("ProvisionedThroughput") {
            if table["ProvisionedThroughput"] == *capacity {
                return refuse("ValidationException", "The provisioned throughput will not change");
            }
            table["ProvisionedThroughput"] = capacity.clone();
        }
        Ok(())
    }
}

/// A call by its name, the members it sent, and the indexes it changes.
fn described(operation: &str, body: &Json) -> String {
    let members = body.as_object().into_iter().flat_map(|members| members.keys()).map(String::as_str);
    let known = |name: &&str| !matches!(*name, "TableName" | "ResourceArn" | "GlobalSecondaryIndexUpdates");
    let mut words: Vec<String> = std::iter::once(operation).chain(members.filter(known)).map(str::to_owned).collect();
    for change in body["GlobalSecondaryIndexUpdates"].as_array().into_iter().flatten() {
        let parts = change.as_object().into_iter().flatten();
        words.extend(parts.map(|(kind, index)| {
            format!("{}:{}", kind.to_lowercase(), index["IndexName"].as_str().unwrap_or_default())
        }));
    }
    words.join(" ")
}

fn change_index(table: &mut Json, change: &Json) -> Result<(), (&'static str, String)> {
    let mut indexes = table["GlobalSecondaryIndexes"].as_array().cloned().unwrap_or_default();
    let at = |name: &Json| indexes.iter().position(|index| index["IndexName"] == *name);
    if let Some(create) = change.get("Create") {
        if at(&create["IndexName"]).is_some() {
            return refuse("ValidationException", "Attempting to create an index which already exists");
        }
        indexes.push(create.clone());
    } else if let Some(delete) = change.get("Delete") {
        let Some(at) = at(&delete["IndexName"]) else {
            return refuse("ResourceNotFoundException", "Requested resource not found");
        };
        indexes.remove(at);
    } else if let Some(update) = change.get("Update") {
        let Some(at) = at(&update["IndexName"]) else {
            return refuse("ResourceNotFoundException", "Requested resource not found");
        };
        indexes[at]["ProvisionedThroughput"] = update["ProvisionedThroughput"].clone();
    }
    table["GlobalSecondaryIndexes"] = json!(indexes);
    Ok(())
}

/// Copies need the table's stream, and come and go one by one.
fn replicate(table: &mut Json, body: &Json) -> Result<(), (&'static str, String)> {
    let changes = body["ReplicaUpdates"].as_array().cloned().unwrap_or_default();
    if changes.len() > 1 {
        return refuse("ValidationException", "Only one replica can be added or removed per call");
    }
    let mut replicas = table["Replicas"].as_array().cloned().unwrap_or_default();
    for change in changes {
        if let Some(create) = change.get("Create") {
            if table["StreamSpecification"]["StreamViewType"] != json!("NEW_AND_OLD_IMAGES") {
                return refuse("ValidationException", "Table needs to have stream enabled");
            }
            replicas.push(json!({"RegionName": create["RegionName"], "ReplicaStatus": "ACTIVE"}));
        }
        if let Some(delete) = change.get("Delete") {
            replicas.retain(|replica| replica["RegionName"] != delete["RegionName"]);
        }
    }
    table["Replicas"] = json!(replicas);
    Ok(())
}

/// The attributes defined are those that keys use.
fn exact_definitions(table: &Json, code: &'static str) -> Result<(), (&'static str, String)> {
    let names = |list: &Json, of: &str| -> BTreeSet<String> {
        list.as_array().into_iter().flatten().filter_map(|item| item[of].as_str().map(str::to_owned)).collect()
    };
    let mut used = names(&table["KeySchema"], "AttributeName");
    for index in table["GlobalSecondaryIndexes"].as_array().into_iter().flatten() {
        used.extend(names(&index["KeySchema"], "AttributeName"));
    }
    let defined = names(&table["AttributeDefinitions"], "AttributeName");
    if used == defined { Ok(()) } else { refuse(code, format!("keys use {used:?}, but {defined:?} are defined")) }
}
