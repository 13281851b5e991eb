//! Making a table: from nothing, from a backup, from another table, or from files in a bucket.

use std::collections::BTreeMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::{
    BillingMode, CsvOptions, ImportStatus, ImportTableDescription, InputCompressionType, InputFormat,
    InputFormatOptions, S3BucketSource, SseSpecification, TableClass, TableCreationParameters, TableDescription,
    TableStatus,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;

use super::calls::Calls;
use super::model::{ImportSource, TableModel, given};
use super::requests;
use super::steps::{definitions, steps};
use crate::aws::{error, tags, wait};
use crate::resource::{ErrorKind, OpError, OpResult};

/// How long a table made just now may take to show.
const SEEN: Duration = Duration::from_secs(10);

/// Sets what a restored table has in place of what its origin had: both ways to restore take the same.
macro_rules! overrides {
    ($call:expr, $name:expr, $wanted:expr) => {
        $call
            .target_table_name(&$name)
            .billing_mode_override(BillingMode::from($wanted.billing_mode.as_str()))
            .set_provisioned_throughput_override(requests::table_throughput($wanted)?)
            .set_on_demand_throughput_override($wanted.on_demand_throughput.as_ref().map(requests::limits))
            .set_global_secondary_index_override(Some(requests::global_indexes($wanted)?))
            .set_local_secondary_index_override(Some(requests::local_indexes($wanted)?))
            .set_sse_specification_override(encryption($wanted))
    };
}

impl Calls<'_> {
    /// Makes the table with everything that is wanted of it.
    pub(super) async fn make(&self, wanted: &TableModel, timeout: Duration) -> OpResult<TableModel> {
        if wanted.import_table.is_some() {
            let import = self.import(wanted).await?;
            self.note_made(wanted, import.table_arn()).await?;
            self.wait_for_import(import.import_arn().unwrap_or_default(), timeout).await?;
            return self.complete(wanted, timeout).await;
        }
        if wanted.is_restored() {
            let arn = self.restore(wanted).await?;
            self.note_made(wanted, arn.as_deref()).await?;
            return self.complete(wanted, timeout).await;
        }
        let table = self.create(wanted).await?;
        self.note_made(wanted, table.table_arn()).await?;
        let at_once = table.table_status() == Some(&TableStatus::Active);
        let table = if at_once { table } else { self.wait_until_ready(timeout, true).await? };
        self.add_what_creation_lacks(wanted, table, timeout).await
    }

    /// Makes durable that the table exists.
    async fn note_made(&self, wanted: &TableModel, arn: Option<&str>) -> OpResult<()> {
        let partial = TableModel { id: Some(self.name.clone()), arn: arn.map(str::to_owned), ..wanted.clone() };
        self.run.made(&partial).await
    }

    /// Settings that `CreateTable` does not take.
    async fn add_what_creation_lacks(
        &self,
        wanted: &TableModel,
        table: TableDescription,
        timeout: Duration,
    ) -> OpResult<TableModel> {
        let view = wanted.stream().map(str::to_owned);
        let wanted = &TableModel { arn: table.table_arn().map(str::to_owned), ..wanted.clone() };
        let made = TableModel {
            ttl: None,
            point_in_time_recovery: None,
            replica: Vec::new(),
            global_table_witness: None,
            stream_enabled: Some(view.is_some()),
            stream_view_type: view,
            ..wanted.clone()
        };
        let left = steps(&made, wanted);
        if left.is_empty() {
            let observed = super::observed::Observed {
                description: table,
                ttl: None,
                backups: None,
                tags: tags::readable(wanted.tags_all.clone()),
                replicas: Vec::new(),
            };
            return Ok(super::observed::model(&observed, wanted));
        }
        self.perform(&left, &made, wanted, timeout).await?;
        self.read_settled(wanted).await
    }

    /// Settings that a restored or imported table still lacks.
    async fn complete(&self, wanted: &TableModel, timeout: Duration) -> OpResult<TableModel> {
        self.wait_until_ready(timeout, true).await?;
        let bare = TableModel { name: self.name.clone(), ..TableModel::default() };
        let made = self.read(&bare).await?;
        let made = made.ok_or_else(|| OpError::new(ErrorKind::Gone, "dynamodb:DescribeTable", "the table is gone"))?;
        let mut wanted = TableModel { arn: made.arn.clone(), ..wanted.clone() };
        if wanted.attribute.is_empty() {
            wanted.attribute.clone_from(&made.attribute);
        }
        if given(wanted.hash_key.as_ref()).is_none() {
            wanted.hash_key.clone_from(&made.hash_key);
        }
        self.perform(&steps(&made, &wanted), &made, &wanted, timeout).await?;
        self.read_settled(&wanted).await
    }

    async fn create(&self, wanted: &TableModel) -> OpResult<TableDescription> {
        let all = definitions(wanted, wanted.global_secondary_index.iter());
        let all = requests::definitions(&all)?;
        let own = requests::tag(tags::OWNERSHIP, self.run.token().as_str());
        let tags = wanted.tags_all.iter().map(|(name, value)| requests::tag(name, value)).chain([own]);
        let tags = tags.collect::<OpResult<Vec<_>>>()?;
        let key = requests::key_schema(&wanted.key())?;
        let (global, local) = (requests::global_indexes(wanted)?, requests::local_indexes(wanted)?);
        let stream = wanted.stream().map(|view| requests::stream(Some(view))).transpose()?;
        let throughput = requests::table_throughput(wanted)?;
        let class = Some(wanted.table_class.as_str()).filter(|class| !class.is_empty() && *class != "STANDARD");
        let call = || async {
            let request = self
                .client
                .create_table()
                .table_name(&self.name)
                .set_attribute_definitions(Some(all.clone()))
                .set_key_schema(Some(key.clone()))
                .set_local_secondary_indexes((!local.is_empty()).then(|| local.clone()))
                .set_global_secondary_indexes((!global.is_empty()).then(|| global.clone()))
                .billing_mode(BillingMode::from(wanted.billing_mode.as_str()))
                .set_provisioned_throughput(throughput.clone())
                .set_on_demand_throughput(wanted.on_demand_throughput.as_ref().map(requests::limits))
                .set_warm_throughput(wanted.warm_throughput.as_ref().map(requests::warm))
                .set_stream_specification(stream.clone())
                .set_sse_specification(encryption(wanted))
                .set_table_class(class.map(TableClass::from))
                .set_deletion_protection_enabled(wanted.deletion_protection_enabled.then_some(true))
                .set_tags(Some(tags.clone()));
            request.send().await.map_err(error::from("dynamodb:CreateTable"))
        };
        match self.aws.repeat(self.run, call).await {
            Ok(answer) => answer.table_description.ok_or_else(|| no_answer("dynamodb:CreateTable")),
            Err(error) if is_taken(&error) => self.settle_taken(error).await,
            Err(error) => Err(error),
        }
    }

    /// There is a table of that name: made by a call whose answer was lost, or by somebody else. A table made just now may
    /// show without its tags, or not at all.
    async fn settle_taken(&self, refusal: OpError) -> OpResult<TableDescription> {
        let seen = wait::until(self.run, SEEN, "the table to show", || async {
            let Some(table) = self.describe().await? else {
                return Ok(None);
            };
            let tags = self.tags_of(&table).await?;
            Ok(if self.has_our_tag(&tags) { Some(Some(table)) } else { (!tags.is_empty()).then_some(None) })
        })
        .await;
        match seen {
            Ok(Some(table)) => Ok(table),
            Ok(None) => Err(taken(refusal, &self.name)),
            Err(error) if error.kind == ErrorKind::Timeout => Err(taken(refusal, &self.name)),
            Err(error) => Err(error),
        }
    }

    async fn tags_of(&self, table: &TableDescription) -> OpResult<BTreeMap<String, String>> {
        Ok(self.tags(table.table_arn().unwrap_or_default()).await?.unwrap_or_default())
    }

    /// Whether tags name this creation.
    fn has_our_tag(&self, tags: &BTreeMap<String, String>) -> bool {
        tags.get(tags::OWNERSHIP).is_some_and(|token| token == self.run.token().as_str())
    }

    /// Makes the table from a backup or from another table, and gives its ARN.
    async fn restore(&self, wanted: &TableModel) -> OpResult<Option<String>> {
        let answer = match given(wanted.restore_backup_arn.as_ref()) {
            Some(backup) => self.restore_backup(wanted, backup).await,
            None => self.restore_table(wanted).await,
        };
        match answer {
            Ok(table) => Ok(table.and_then(|table| table.table_arn)),
            Err(error) if is_taken(&error) => {
                let found = wait::until(self.run, SEEN, "the table to show", || self.restored(wanted)).await;
                found.map(|table| table.table_arn).map_err(|other| match other.kind {
                    ErrorKind::Timeout => taken(error, &self.name),
                    _ => other,
                })
            }
            Err(error) => Err(error),
        }
    }

    async fn restore_backup(&self, wanted: &TableModel, backup: &str) -> OpResult<Option<TableDescription>> {
        let call = || async {
            let request = overrides!(self.client.restore_table_from_backup().backup_arn(backup), self.name, wanted);
            request.send().await.map_err(error::from("dynamodb:RestoreTableFromBackup"))
        };
        Ok(self.aws.repeat(self.run, call).await?.table_description)
    }

    async fn restore_table(&self, wanted: &TableModel) -> OpResult<Option<TableDescription>> {
        let time = given(wanted.restore_date_time.as_ref()).map(moment).transpose()?;
        let call = || async {
            let request = self
                .client
                .restore_table_to_point_in_time()
                .set_source_table_name(given(wanted.restore_source_name.as_ref()).map(str::to_owned))
                .set_source_table_arn(given(wanted.restore_source_table_arn.as_ref()).map(str::to_owned))
                .set_restore_date_time(time)
                .set_use_latest_restorable_time(wanted.restore_to_latest_time);
            let request = overrides!(request, self.name, wanted);
            request.send().await.map_err(error::from("dynamodb:RestoreTableToPointInTime"))
        };
        Ok(self.aws.repeat(self.run, call).await?.table_description)
    }

    /// The table, if it was made from the origin that is wanted.
    async fn restored(&self, wanted: &TableModel) -> OpResult<Option<TableDescription>> {
        let same_origin = |table: &TableDescription| {
            table.restore_summary().is_some_and(|origin| match given(wanted.restore_backup_arn.as_ref()) {
                Some(backup) => origin.source_backup_arn() == Some(backup),
                None => origin.source_table_arn().is_some_and(|source| {
                    given(wanted.restore_source_table_arn.as_ref()) == Some(source)
                        || given(wanted.restore_source_name.as_ref())
                            .is_some_and(|name| source.rsplit('/').next() == Some(name))
                }),
            })
        };
        Ok(self.describe().await?.filter(same_origin))
    }

    async fn import(&self, wanted: &TableModel) -> OpResult<ImportTableDescription> {
        let Some(source) = &wanted.import_table else {
            return Err(no_answer("dynamodb:ImportTable"));
        };
        let table = TableCreationParameters::builder()
            .table_name(&self.name)
            .set_attribute_definitions(Some(requests::definitions(&definitions(
                wanted,
                wanted.global_secondary_index.iter(),
            ))?))
            .set_key_schema(Some(requests::key_schema(&wanted.key())?))
            .billing_mode(BillingMode::from(wanted.billing_mode.as_str()))
            .set_provisioned_throughput(requests::table_throughput(wanted)?)
            .set_on_demand_throughput(wanted.on_demand_throughput.as_ref().map(requests::limits))
            .set_sse_specification(encryption(wanted))
            .set_global_secondary_indexes(Some(requests::global_indexes(wanted)?).filter(|list| !list.is_empty()))
            .build()
            .map_err(requests::incomplete)?;
        let bucket = bucket(source)?;
        let compression = given(source.input_compression_type.as_ref()).map(InputCompressionType::from);
        let call = || async {
            let request = self
                .client
                .import_table()
                .client_token(self.run.token().as_str())
                .s3_bucket_source(bucket.clone())
                .input_format(InputFormat::from(source.input_format.as_str()))
                .set_input_format_options(format_options(source))
                .set_input_compression_type(compression.clone())
                .table_creation_parameters(table.clone());
            request.send().await.map_err(error::from("dynamodb:ImportTable"))
        };
        // The token makes a repetition harmless.
        let answer = self.aws.repeat(self.run, call).await;
        let answer = answer.map_err(|error| if is_taken(&error) { taken(error, &self.name) } else { error })?;
        answer.import_table_description.ok_or_else(|| no_answer("dynamodb:ImportTable"))
    }

    async fn describe_import(&self, import: &str) -> OpResult<Option<ImportTableDescription>> {
        let call = || async {
            let answer = self.client.describe_import().import_arn(import).send().await;
            answer.map_err(error::from("dynamodb:DescribeImport"))
        };
        Ok(error::gone_is_none(self.aws.repeat(self.run, call).await)?
            .and_then(|answer| answer.import_table_description))
    }

    async fn wait_for_import(&self, import: &str, timeout: Duration) -> OpResult<()> {
        wait::until(self.run, timeout, "the import to end", || async {
            let found = self.describe_import(import).await?;
            let Some(found) = found else {
                return Ok(None);
            };
            match found.import_status() {
                Some(ImportStatus::Completed) => Ok(Some(())),
                Some(ImportStatus::Failed | ImportStatus::Cancelled | ImportStatus::Cancelling) => {
                    let reason = found.failure_message().unwrap_or("AWS gives no reason");
                    let code = found.failure_code().unwrap_or("cancelled");
                    Err(OpError::new(ErrorKind::Invalid, "dynamodb:ImportTable", format!("{code}: {reason}"))
                        .help("The import's log group names the files and lines at fault."))
                }
                _ => Ok(None),
            }
        })
        .await
    }

    /// Whether the table was made by an import with this run's token.
    async fn is_our_import(&self, table: &TableDescription) -> OpResult<bool> {
        let arn = table.table_arn().unwrap_or_default();
        let call = || async {
            let answer = self.client.list_imports().table_arn(arn).send().await;
            answer.map_err(error::from("dynamodb:ListImports"))
        };
        let imports = self.aws.repeat(self.run, call).await?;
        for import in imports.import_summary_list() {
            let found = self.describe_import(import.import_arn().unwrap_or_default()).await?;
            if found.is_some_and(|found| found.client_token() == Some(self.run.token().as_str())) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The table that a creation with this wish and token made, if there is one.
    pub(super) async fn recover(&self, wanted: &TableModel) -> OpResult<Option<TableModel>> {
        let Some(table) = self.describe().await? else {
            return Ok(None);
        };
        let ours = if wanted.import_table.is_some() {
            self.is_our_import(&table).await?
        } else if wanted.is_restored() {
            self.restored(wanted).await?.is_some()
        } else {
            self.has_our_tag(&self.tags_of(&table).await?)
        };
        if ours { self.read(wanted).await } else { Ok(None) }
    }
}

/// The encryption to make a table with; DynamoDB's own key needs no words.
fn encryption(wanted: &TableModel) -> Option<SseSpecification> {
    let block = wanted.server_side_encryption.as_ref().filter(|block| block.enabled)?;
    Some(requests::encryption(true, given(block.kms_key_arn.as_ref())))
}

fn moment(text: &str) -> OpResult<DateTime> {
    DateTime::from_str(text, Format::DateTimeWithOffset).map_err(|error| {
        OpError::new(ErrorKind::Invalid, "dynamodb:RestoreTableToPointInTime", format!("`{text}` is no time: {error}"))
    })
}

fn bucket(source: &ImportSource) -> OpResult<S3BucketSource> {
    let bucket = source.s3_bucket_source.clone().unwrap_or_default();
    S3BucketSource::builder()
        .s3_bucket(bucket.bucket)
        .set_s3_bucket_owner(bucket.bucket_owner.filter(|owner| !owner.is_empty()))
        .set_s3_key_prefix(bucket.key_prefix.filter(|prefix| !prefix.is_empty()))
        .build()
        .map_err(requests::incomplete)
}

fn format_options(source: &ImportSource) -> Option<InputFormatOptions> {
    let csv = source.input_format_options.as_ref()?.csv.as_ref()?;
    let csv = CsvOptions::builder()
        .set_delimiter(given(csv.delimiter.as_ref()).map(str::to_owned))
        .set_header_list((!csv.header_list.is_empty()).then(|| csv.header_list.clone()))
        .build();
    Some(InputFormatOptions::builder().csv(csv).build())
}

fn no_answer(operation: &str) -> OpError {
    OpError::new(ErrorKind::Service, operation, "the answer does not describe the table")
}

/// Whether a creation was refused because the name is in use.
fn is_taken(error: &OpError) -> bool {
    matches!(
        error.code.as_deref(),
        Some("ResourceInUseException" | "TableAlreadyExistsException" | "TableInUseException")
    )
}

fn taken(refusal: OpError, name: &str) -> OpError {
    OpError { kind: ErrorKind::Conflict, message: format!("there is a table `{name}` already"), ..refusal }
        .help(format!("Import it with the id `{name}`, or choose another name."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_any_offset() {
        assert_eq!(moment("2026-08-01T14:00:00+02:00").unwrap(), moment("2026-08-01T12:00:00Z").unwrap());
        assert_eq!(moment("tomorrow").unwrap_err().kind, ErrorKind::Invalid);
    }

    #[test]
    fn a_taken_name_says_how_to_go_on() {
        let mut refusal = OpError::new(ErrorKind::Conflict, "dynamodb:CreateTable", "Table already exists: posts");
        refusal.code = Some("ResourceInUseException".into());
        assert!(is_taken(&refusal));
        let told = taken(refusal, "posts");
        assert!(told.help.is_some_and(|help| help.contains("Import it with the id `posts`")));
    }
}
