//! What became of the objects that state knows: by the page where a listing tells many, and else one by one.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::StreamExt;

use super::observed::{Observation, Observed};
use super::providers::Providers;
use super::watch::Read;
use crate::address::Address;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resource::{AnyResource, ErrorKind, OpError, OpResult, Run};
use crate::value::Value;

/// How many objects of a failed listing are told by name.
const NAMED: usize = 3;

/// An object that is asked about.
struct Asked<'a> {
    address: &'a Address,
    observation: &'a mut Observation,
    resource: Arc<dyn AnyResource>,
}

/// What is asked at once: positions among what is asked about.
enum Question {
    One(usize),
    /// One that a listing left open.
    Again(usize),
    Listed(Vec<usize>),
}

impl Question {
    fn members(&self) -> &[usize] {
        match self {
            Self::One(at) | Self::Again(at) => std::slice::from_ref(at),
            Self::Listed(members) => members,
        }
    }
}

impl Asked<'_> {
    fn tell<'a>(&'a self, providers: &Providers, what: impl FnOnce(&'a Address, Option<&'a str>) -> Read<'a>) {
        let sensitive = self.resource.schema().block.attributes.get("id").is_none_or(|id| id.sensitive);
        let id = self.observation.prior.get("id").and_then(Value::as_str).filter(|_| !sensitive);
        providers.tell(&what(self.address, id));
    }
}

/// What came of a question.
#[derive(Default)]
struct Answer {
    told: Vec<(usize, OpResult<Option<Value>>)>,
    /// What a listing did not show.
    open: Vec<usize>,
    /// A listing that failed, and for which objects.
    failed: Option<(Vec<usize>, OpError)>,
}

impl Observed {
    /// Asks AWS what became of every object that is asked about, a bounded number at a time. Failures are problems; what
    /// could not be read is as state has it.
    pub async fn refresh(
        &mut self,
        providers: &Providers,
        parallelism: usize,
        is_asked: &(dyn Fn(&Address) -> bool + Sync),
        problems: &mut Diagnostics,
    ) {
        let set_aside = self.set_aside.iter_mut().map(|((address, _), observation)| (address, observation));
        let all = self.instances.iter_mut().chain(set_aside).filter(|(address, _)| is_asked(address));
        let known = all.filter_map(|(address, observation)| {
            let resource = providers.resource(&address.resource.ty, &observation.provider)?.clone();
            Some(Asked { address, observation, resource })
        });
        let mut asked: Vec<Asked<'_>> = known.collect();
        providers.tell(&Read::Asked(asked.len()));
        let answers = ask_all(&asked, questions(&asked), parallelism, providers).await;
        let mut open: Vec<usize> = answers.iter().flat_map(|answer| answer.open.iter().copied()).collect();
        open.sort_unstable();
        // A listing may lag behind, or be longer than what it would save, so it never says that an object is gone.
        let second = ask_all(&asked, open.into_iter().map(Question::Again).collect(), parallelism, providers).await;
        let mut told = BTreeMap::new();
        let mut failures = BTreeMap::new();
        for answer in answers.into_iter().chain(second) {
            told.extend(answer.told);
            if let Some((members, error)) = answer.failed {
                failures.insert(members[0], unlisted(&asked, &members, error));
            }
        }
        for (at, found) in told {
            let Asked { address, observation, resource } = &mut asked[at];
            match found {
                Ok(found) => {
                    let block = &resource.schema().block;
                    observation.current = found.map(|found| block.spelled_like(&observation.prior, &found));
                }
                Err(error) => {
                    let problem = Diagnostic::from(error).with(|d| {
                        d.of(address);
                    });
                    failures.insert(at, problem);
                }
            }
        }
        problems.extend(failures.into_values());
    }
}

/// Listings, where there are enough objects for one; and then what is read by itself.
fn questions(asked: &[Asked<'_>]) -> Vec<Question> {
    let mut groups: BTreeMap<(&str, &str, String), (usize, Vec<usize>)> = BTreeMap::new();
    let mut alone = Vec::new();
    for (at, Asked { address, observation, resource }) in asked.iter().enumerate() {
        match resource.listing(&observation.prior) {
            Some(listing) => {
                let key = (&*address.resource.ty, &*observation.provider, listing.name);
                groups.entry(key).or_insert_with(|| (listing.worth, Vec::new())).1.push(at);
            }
            None => alone.push(at),
        }
    }
    let mut listed = Vec::new();
    for (worth, members) in groups.into_values() {
        if members.len() < worth {
            alone.extend(members);
        } else {
            listed.push(Question::Listed(members));
        }
    }
    alone.sort_unstable();
    // The pages of a listing follow one another, so listings begin first.
    listed.into_iter().chain(alone.into_iter().map(Question::One)).collect()
}

/// The answers, in no order.
async fn ask_all(
    asked: &[Asked<'_>],
    questions: Vec<Question>,
    parallelism: usize,
    providers: &Providers,
) -> Vec<Answer> {
    let answers = questions.into_iter().map(|question| async {
        // What a listing leaves open has begun before.
        let again = matches!(question, Question::Again(_));
        if !again {
            question
                .members()
                .iter()
                .for_each(|at| asked[*at].tell(providers, |address, id| Read::Begun { address, id }));
        }
        let answer = ask(asked, question).await;
        let failed = answer.failed.iter().flat_map(|(members, _)| members);
        let ended = answer.told.iter().map(|(at, _)| at).chain(failed);
        ended.for_each(|at| asked[*at].tell(providers, |address, id| Read::Ended { address, id }));
        answer
    });
    futures_util::stream::iter(answers).buffer_unordered(parallelism.max(1)).collect().await
}

async fn ask(asked: &[Asked<'_>], question: Question) -> Answer {
    let run = Run::unrecorded();
    let members = match question {
        Question::One(at) | Question::Again(at) => {
            let Asked { observation, resource, .. } = &asked[at];
            let found = resource.read(&observation.prior, &run).await;
            return Answer { told: vec![(at, found)], ..Answer::default() };
        }
        Question::Listed(members) => members,
    };
    let priors: Vec<&Value> = members.iter().map(|at| &asked[*at].observation.prior).collect();
    let listed = match asked[members[0]].resource.read_listed(&priors, &run).await {
        Ok(listed) => listed,
        // Who may read objects may still not be allowed to list them.
        Err(error) if matches!(error.kind, ErrorKind::Denied | ErrorKind::Gone | ErrorKind::Invalid) => {
            return Answer { open: members, ..Answer::default() };
        }
        Err(error) => return Answer { failed: Some((members, error)), ..Answer::default() },
    };
    let mut answer = Answer::default();
    for (at, found) in members.into_iter().zip(listed) {
        match found {
            Some(found) => answer.told.push((at, Ok(Some(found)))),
            None => answer.open.push(at),
        }
    }
    answer
}

/// One problem for all objects of a listing that failed.
fn unlisted(asked: &[Asked<'_>], members: &[usize], error: OpError) -> Diagnostic {
    let names: Vec<String> = members.iter().take(NAMED).map(|at| format!("`{}`", asked[*at].address)).collect();
    let more = match members.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Diagnostic::from(error).with(|d| {
        d.of(asked[members[0]].address);
        let detail = format!("{} The call was to read {}{more}.", sentence(&d.detail), names.join(", "));
        d.detail(detail);
    })
}

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

#[cfg(test)]
mod tests;
