//! The policy that a plan prints is enough to apply it, and none of its actions is there for nothing: a user with exactly
//! that policy, and users with less, on an emulator that checks policies.

use std::collections::{BTreeMap, BTreeSet};

use recon::testing::emulator::Kind;
use serde_json::{Value as Json, json};

use super::crash::strange_api;
use super::{Guide, LOSS};
use crate::cli::Answer;

const APPLY: [&str; 2] = ["apply", "-auto-approve"];
const DESTROY: [&str; 4] = ["destroy", LOSS[0], LOSS[1], "-allow-data-loss=aws_cognito_user_pool.besides"];
const POLICY: &str = "as-printed";

/// Actions whose resource the emulator does not know, so that it asks for leave on everything.
const ON_EVERYTHING: &[&str] = &[
    "appsync:TagResource",
    "appsync:UntagResource",
    "dynamodb:ListTagsOfResource",
    "dynamodb:TagResource",
    "dynamodb:UntagResource",
    "iam:CreatePolicy",
    "lambda:CreateFunction",
];

const RECOVERY: &str = "called by the recovery of an interrupted run alone";
const UNCHECKED: &str = "no call; the emulator does not check it";
const REFUSED: &str = "called where a deletion is refused";

/// Actions whose lack was not refused: in which run, and why.
const NOT_REFUSED: &[(&str, &[&str], &str)] = &[
    (
        "guide, apply",
        &["appsync:ListGraphqlApis", "lambda:GetFunctionCodeSigningConfig", "lambda:ListVersionsByFunction"],
        RECOVERY,
    ),
    (
        "guide, apply",
        &[
            "appsync:TagResource",
            "dynamodb:TagResource",
            "iam:CreateServiceLinkedRole",
            "iam:PassRole",
            "iam:TagRole",
            "lambda:ListTags",
            "lambda:TagResource",
            "logs:TagResource",
        ],
        UNCHECKED,
    ),
    ("guide, destroy", &["iam:ListInstanceProfilesForRole", "iam:ListRolePolicies"], REFUSED),
    ("guide, destroy", &["lambda:ListTags"], UNCHECKED),
    (
        "besides, apply",
        &[
            "appsync:ListFunctions",
            "cognito-idp:ListUserPoolClients",
            "cognito-idp:ListUserPools",
            "lambda:GetFunctionCodeSigningConfig",
            "lambda:ListVersionsByFunction",
            "sts:GetCallerIdentity",
        ],
        RECOVERY,
    ),
    (
        "besides, apply",
        &[
            "cognito-idp:TagResource",
            "iam:PassRole",
            "iam:TagPolicy",
            "iam:TagRole",
            "lambda:ListTags",
            "lambda:TagResource",
        ],
        UNCHECKED,
    ),
    (
        "besides, destroy",
        &[
            "iam:DeletePolicyVersion",
            "iam:ListEntitiesForPolicy",
            "iam:ListInstanceProfilesForRole",
            "iam:ListPolicyVersions",
            "iam:ListRolePolicies",
        ],
        REFUSED,
    ),
    ("besides, destroy", &["lambda:ListTags"], UNCHECKED),
];

/// A project of an administrator, and somebody who runs it with less.
struct Trial {
    guide: Guide,
    keys: (String, String),
}

impl Trial {
    async fn of(guide: Guide) -> Self {
        let iam = guide.aws().iam(None).await.unwrap();
        iam.create_user().user_name("ci").send().await.unwrap();
        let key = iam.create_access_key().user_name("ci").send().await.unwrap().access_key.unwrap();
        Self { guide, keys: (key.access_key_id, key.secret_access_key) }
    }

    async fn of_the_guide() -> Self {
        Self::of(Guide::with_pool(Kind::MinistackWithAuth)).await
    }

    /// The project with the resource types that the guide does not have.
    async fn besides_the_guide() -> Self {
        let guide = Guide::new(Kind::MinistackWithAuth);
        let (api, _) = strange_api(&guide).await;
        std::fs::remove_file(guide.path("recon.toml")).unwrap();
        guide.write("main.tf", &include_str!("besides.tf").replace("API_ID", &api));
        Self::of(guide).await
    }

    /// What the administrator is told that a plan needs.
    fn printed(&self, more: &[&str]) -> Json {
        let arguments = [&["plan", "-permissions"], more].concat();
        let answer = self.guide.run(&arguments).ends_with(0);
        serde_json::from_str(&answer.stdout).unwrap()
    }

    /// Gives the user a policy, and nothing else.
    async fn allow(&self, document: &Json) {
        let iam = self.guide.aws().iam(None).await.unwrap();
        let call = iam.put_user_policy().user_name("ci").policy_name(POLICY);
        call.policy_document(document.to_string()).send().await.unwrap();
    }

    /// Runs a command as the user.
    fn run(&self, arguments: &[&str]) -> Answer {
        let mut command = self.guide.command(arguments);
        command.env("AWS_ACCESS_KEY_ID", &self.keys.0).env("AWS_SECRET_ACCESS_KEY", &self.keys.1);
        Answer::from(command.output().unwrap())
    }

    /// Applies with exactly what is printed, plans again, and destroys with exactly what is printed for that.
    async fn lives_on_what_is_printed(&self) {
        self.allow(&as_the_emulator_has_it(&self.printed(&[]))).await;
        self.run(&APPLY).ends_with(0);
        self.run(&["plan", "-detailed-exitcode"]).ends_with(0);
        self.allow(&as_the_emulator_has_it(&self.printed(&["-destroy"]))).await;
        self.run(&DESTROY).ends_with(0);
    }

    /// Begins with nothing, and gets each action only when its lack was refused. Gives the actions that nothing lacked.
    async fn grows_until_it_passes(&self, commands: &[&[&str]], printed: &Json) -> BTreeSet<String> {
        let all = as_the_emulator_has_it(printed);
        let actions = actions_of(printed);
        let mut granted = BTreeSet::new();
        loop {
            self.allow(&only(&all, &granted)).await;
            let answers = commands.iter().map(|command| self.run(command));
            let Some(failed) = answers.into_iter().find(|answer| answer.code != Some(0)) else {
                return actions.difference(&granted).cloned().collect();
            };
            let refused = refused(&failed);
            let new: BTreeSet<_> = refused.difference(&granted).cloned().collect();
            assert!(!new.is_empty(), "{failed:#?}");
            // What stopped in the middle would have to be made anew, which needs more than an apply from the start.
            let state = std::fs::read_to_string(self.guide.path("state/default.tfstate")).unwrap_or_default();
            if state.contains("\"tainted\"") || !new.is_subset(&actions) {
                self.guide.run(&DESTROY).ends_with(0);
            }
            granted.extend(new.intersection(&actions).cloned());
            if !new.is_subset(&actions) {
                assert!(state.contains("\"tainted\""), "{new:?} is not printed: {failed:#?}");
            }
        }
    }
}

/// What was refused for want of leave.
fn refused(answer: &Answer) -> BTreeSet<String> {
    let marker = "not authorized to perform: ";
    let text = answer.stderr.split_whitespace().filter(|word| *word != "│").collect::<Vec<_>>().join(" ");
    let end = |c: char| !c.is_ascii_alphanumeric() && c != ':' && c != '-';
    text.match_indices(marker)
        .map(|(at, _)| text[at + marker.len()..].split(end).next().unwrap_or_default().to_owned())
        .collect()
}

fn actions(statement: &Json) -> Vec<String> {
    texts(&statement["Action"])
}

fn texts(value: &Json) -> Vec<String> {
    match value {
        Json::Array(items) => items.iter().map(|item| item.as_str().unwrap().to_owned()).collect(),
        item => vec![item.as_str().unwrap().to_owned()],
    }
}

fn actions_of(document: &Json) -> BTreeSet<String> {
    document["Statement"].as_array().unwrap().iter().flat_map(actions).collect()
}

/// The document with these actions alone.
fn only(document: &Json, granted: &BTreeSet<String>) -> Json {
    let statements = document["Statement"].as_array().unwrap().iter().filter_map(|statement| {
        let left: Vec<String> = actions(statement).into_iter().filter(|action| granted.contains(action)).collect();
        let mut statement = statement.clone();
        statement["Action"] = json!(left);
        (!left.is_empty()).then_some(statement)
    });
    // IAM takes no document without a statement.
    let nothing = json!({"Effect": "Deny", "Action": "none:Such", "Resource": "*"});
    json!({"Version": "2012-10-17", "Statement": statements.chain([nothing]).collect::<Vec<_>>()})
}

/// The document in the words of the emulator, which names some resources otherwise than AWS: everything of Cognito and what
/// `ON_EVERYTHING` lists is `*`; what is inside of an AppSync API is named by the API's ARN; log groups have no `:*`. It does not
/// know the condition on policies that are attached. Actions stay as they are.
fn as_the_emulator_has_it(document: &Json) -> Json {
    let mut statements = Vec::new();
    for statement in document["Statement"].as_array().unwrap() {
        let mut by_resource: BTreeMap<Vec<String>, Vec<String>> = BTreeMap::new();
        for action in actions(statement) {
            let everything = action.starts_with("cognito-idp:") || ON_EVERYTHING.contains(&action.as_str());
            let named = |resource: String| match everything {
                true => "*".to_owned(),
                false if resource.contains(":appsync:") => resource.replace(":/v1/apis/", ":apis/").replace("/*", "*"),
                false if resource.contains(":logs:") => resource.trim_end_matches(":*").to_owned(),
                false => resource,
            };
            let resources = texts(&statement["Resource"]).into_iter().map(named).collect();
            by_resource.entry(resources).or_default().push(action);
        }
        for (resources, actions) in by_resource {
            let mut changed = statement.clone();
            changed["Resource"] = json!(resources);
            changed["Action"] = json!(actions);
            if changed["Condition"]["ArnLike"]["iam:PolicyARN"].is_string() {
                changed.as_object_mut().unwrap().remove("Condition");
            }
            statements.push(changed);
        }
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}

#[tokio::test]
async fn a_user_with_the_printed_policy_applies_the_guide_and_destroys_it() {
    Trial::of_the_guide().await.lives_on_what_is_printed().await;
}

#[tokio::test]
async fn a_user_with_the_printed_policy_applies_the_other_types_and_destroys_them() {
    Trial::besides_the_guide().await.lives_on_what_is_printed().await;
}

#[tokio::test]
async fn no_action_is_printed_that_an_apply_could_do_without() {
    let plan = ["plan", "-detailed-exitcode"];
    let mut unneeded = BTreeMap::new();
    for (name, trial) in [("guide", Trial::of_the_guide().await), ("besides", Trial::besides_the_guide().await)] {
        let left = trial.grows_until_it_passes(&[&APPLY, &plan], &trial.printed(&[])).await;
        unneeded.insert(format!("{name}, apply"), left);
        let left = trial.grows_until_it_passes(&[&DESTROY], &trial.printed(&["-destroy"])).await;
        unneeded.insert(format!("{name}, destroy"), left);
    }
    let mut listed: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (run, actions, _) in NOT_REFUSED {
        listed.entry((*run).to_owned()).or_default().extend(actions.iter().map(|action| (*action).to_owned()));
    }
    assert_eq!(unneeded, listed);
}

#[tokio::test]
async fn a_user_with_one_action_less_is_refused() {
    let trial = Trial::of_the_guide().await;
    let printed = trial.printed(&[]);
    let (all, every) = (as_the_emulator_has_it(&printed), actions_of(&printed));
    let excused = NOT_REFUSED.iter().filter(|(run, ..)| *run == "guide, apply").flat_map(|(_, actions, _)| *actions);
    let excused: BTreeSet<String> = excused.map(|action| (*action).to_owned()).collect();
    let mut tried = 0;
    for action in every.difference(&excused) {
        let granted = every.iter().filter(|other| *other != action).cloned().collect();
        trial.allow(&only(&all, &granted)).await;
        let answers = [trial.run(&APPLY), trial.run(&["plan"])];
        let found: BTreeSet<String> = answers.iter().flat_map(refused).collect();
        assert!(found.contains(action), "without {action}: {answers:#?}");
        trial.guide.run(&DESTROY).ends_with(0);
        tried += 1;
    }
    assert!(tried > 20, "{tried}");
}
