//! The objects there are, and what can be done with them: what is unique, what needs what, what goes with what.
//!
//! Nothing here waits. Times are milliseconds of the cloud's own clock.

use std::collections::{BTreeMap, BTreeSet};

use super::kinds::{Belongs, Kind, Unique, kind};
use crate::resource::{ErrorKind, OpError, Recovery};

/// What is wished of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Its name.
    pub name: String,
    /// The object that it belongs to.
    pub parent: Option<String>,
    /// The objects that it uses, which cannot go before it lets go of them.
    pub uses: BTreeSet<String>,
    /// The role that it takes on. Nothing keeps a role from being deleted while it is taken on.
    pub role: Option<String>,
    /// What it holds.
    pub body: Option<String>,
    /// What can never be changed of it.
    pub shape: Option<String>,
    /// What is set by a call of its own, for kinds that have it.
    pub extra: Option<i64>,
}

/// An object as an answer shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Its id.
    pub id: String,
    /// Its kind.
    pub kind: &'static str,
    /// What it is like.
    pub is: Wish,
    /// Counts its changes.
    pub version: u64,
    /// The token that it was made with; empty if somebody else made it.
    pub token: String,
    /// Whether it can be used.
    pub is_ready: bool,
    /// Whether it is on its way out.
    pub is_going: bool,
}

/// A call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Makes an object.
    Create(Wish, String),
    /// Changes what can be changed of an object, but for `extra` where that has a call of its own.
    Update(String, Wish),
    /// Sets `extra`.
    Extra(String, Option<i64>),
    /// Deletes an object.
    Delete(String),
    /// Reads an object.
    Read(String),
    /// Lists the objects of a kind, or those that belong to a parent.
    List(Option<String>),
}

impl Request {
    /// The operation's name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Create(..) => "Create",
            Self::Update(..) => "Update",
            Self::Extra(..) => "PutExtra",
            Self::Delete(_) => "Delete",
            Self::Read(_) => "Get",
            Self::List(_) => "List",
        }
    }

    /// Whether it changes anything.
    pub fn is_change(&self) -> bool {
        !matches!(self, Self::Read(_) | Self::List(_))
    }
}

#[derive(Clone, Debug)]
struct Object {
    kind: &'static Kind,
    is: Wish,
    version: u64,
    token: String,
    ready: u64,
    going_until: Option<u64>,
    /// Until when a read may answer that there is no such object.
    unseen_until: u64,
    /// What a read may still answer, and until when.
    before: Option<(Wish, u64, u64)>,
}

/// When a call is carried out, and how far answers lag behind.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Now.
    pub now: u64,
    /// How long this change stays unseen.
    pub lag: u64,
    /// Whether this read sees what lags.
    pub is_behind: bool,
}

/// All objects.
#[derive(Clone, Debug, Default)]
pub struct World {
    objects: BTreeMap<String, Object>,
    made: u64,
    /// Objects that went with the one they belonged to, for the log.
    swept_along: Vec<String>,
}

fn refusal(kind: ErrorKind, code: &str, message: String) -> OpError {
    OpError { code: Some(code.to_owned()), status: Some(400), ..OpError::new(kind, "", message) }
}

fn no_such(id: &str) -> OpError {
    refusal(ErrorKind::Gone, "NotFoundException", format!("there is no object {id}"))
}

impl World {
    /// Carries out a call on a kind.
    pub fn execute(&mut self, kind: &'static Kind, request: &Request, at: Moment) -> Result<Vec<Seen>, OpError> {
        self.objects.retain(|_, object| object.going_until.is_none_or(|until| until > at.now));
        match request {
            Request::Create(wish, token) => self.create(kind, wish, token, at).map(|seen| vec![seen]),
            Request::Update(id, wish) => self.update(id, at, |kind, is| Wish {
                parent: is.parent.clone(),
                shape: is.shape.clone(),
                name: if kind.unique == Unique::Nowhere { wish.name.clone() } else { is.name.clone() },
                extra: if kind.has_extra { is.extra } else { wish.extra },
                ..wish.clone()
            }),
            Request::Extra(id, extra) => self.update(id, at, |_, is| Wish { extra: *extra, ..is.clone() }),
            Request::Delete(id) => self.delete(id, at),
            Request::Read(id) => self.read(id, at).map(|seen| vec![seen]),
            Request::List(parent) => self.list(kind, parent.as_deref(), at),
        }
    }

    fn create(&mut self, kind: &'static Kind, wish: &Wish, token: &str, at: Moment) -> Result<Seen, OpError> {
        if kind.recovery == Recovery::IdempotencyToken
            && let Some((id, object)) = self.objects.iter().find(|(_, o)| o.kind.name == kind.name && o.token == token)
        {
            if object.is == *wish {
                return Ok(seen(id, object, at.now));
            }
            let message = "the token was used with other arguments".to_owned();
            return Err(refusal(ErrorKind::Conflict, "IdempotentParameterMismatch", message));
        }
        let bare = Wish { extra: if kind.has_extra { None } else { wish.extra }, ..wish.clone() };
        self.check_parent(kind, &bare, at)?;
        self.check_uses(&bare, at)?;
        let taken = self.objects.iter().find(|(_, other)| {
            let beside = match kind.unique {
                Unique::Nowhere => false,
                Unique::InParent => other.is.parent == wish.parent,
                Unique::Everywhere => true,
            };
            beside && other.kind.name == kind.name && other.is.name == wish.name
        });
        if let Some((id, other)) = taken {
            let what = if other.going_until.is_some() { "is being deleted" } else { "already exists" };
            return Err(refusal(ErrorKind::Conflict, "ResourceInUse", format!("{} {what} as {id}", wish.name)));
        }
        self.made += 1;
        let id = format!("{}-{}", kind.name.trim_start_matches("cloud_"), self.made);
        let object = Object {
            kind,
            is: bare,
            version: 1,
            token: token.to_owned(),
            ready: at.now + kind.ready,
            going_until: None,
            unseen_until: at.now + at.lag,
            before: None,
        };
        let answer = seen(&id, &object, at.now);
        self.objects.insert(id, object);
        Ok(answer)
    }

    fn check_parent(&self, kind: &Kind, wish: &Wish, at: Moment) -> Result<(), OpError> {
        let Some(wanted) = kind.parent() else {
            return Ok(());
        };
        let id = wish.parent.as_deref().unwrap_or_default();
        let parent = self.objects.get(id).filter(|parent| parent.kind.name == wanted).ok_or_else(|| no_such(id))?;
        if parent.going_until.is_some() {
            return Err(refusal(ErrorKind::Conflict, "ResourceInUse", format!("{id} is being deleted")));
        }
        let is_behind = at.is_behind && at.now < parent.unseen_until;
        if parent.ready > at.now || is_behind {
            return Err(refusal(ErrorKind::Conflict, "ResourceInUse", format!("{id} is being created")));
        }
        if kind.name == "cloud_field" && wish.extra > parent.is.extra {
            let message = format!("{id} has no room for a field with {:?}", wish.extra);
            return Err(refusal(ErrorKind::Invalid, "BadRequestException", message));
        }
        Ok(())
    }

    fn check_uses(&self, wish: &Wish, at: Moment) -> Result<(), OpError> {
        for id in wish.uses.iter().chain(&wish.role) {
            let used = self.objects.get(id).filter(|used| used.going_until.is_none());
            let Some(used) = used else {
                return Err(refusal(
                    ErrorKind::Invalid,
                    "BadRequestException",
                    format!("what is used, {id}, is not there"),
                ));
            };
            if at.is_behind && at.now < used.unseen_until {
                let message = format!("{id} cannot be assumed");
                return Err(refusal(ErrorKind::Invalid, "InvalidParameterValueException", message));
            }
        }
        Ok(())
    }

    fn update(
        &mut self,
        id: &str,
        at: Moment,
        change: impl FnOnce(&Kind, &Wish) -> Wish,
    ) -> Result<Vec<Seen>, OpError> {
        let object = self.objects.get(id).filter(|object| object.going_until.is_none()).ok_or_else(|| no_such(id))?;
        if object.ready > at.now {
            return Err(refusal(ErrorKind::Conflict, "ResourceInUse", format!("{id} is being created")));
        }
        let now = change(object.kind, &object.is);
        self.check_uses(&now, at)?;
        self.check_parent(object.kind, &now, Moment { is_behind: false, ..at })?;
        let most = self.children(id, "cloud_field").filter_map(|(_, field)| field.is.extra).max();
        if most > now.extra {
            let message = format!("a field of {id} needs {most:?}");
            return Err(refusal(ErrorKind::Invalid, "BadRequestException", message));
        }
        let Some(object) = self.objects.get_mut(id) else {
            return Err(no_such(id));
        };
        if object.is != now {
            object.before = Some((object.is.clone(), object.version, at.now + at.lag));
            object.is = now;
            object.version += 1;
        }
        Ok(vec![seen(id, object, at.now)])
    }

    fn children<'a>(&'a self, id: &'a str, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a Object)> {
        self.objects.iter().filter(move |(_, o)| o.kind.name == kind && o.is.parent.as_deref() == Some(id))
    }

    fn delete(&mut self, id: &str, at: Moment) -> Result<Vec<Seen>, OpError> {
        let object = self.objects.get(id).ok_or_else(|| no_such(id))?;
        if object.going_until.is_some() {
            return Err(refusal(ErrorKind::Conflict, "ResourceInUse", format!("{id} is being deleted")));
        }
        if object.ready > at.now {
            return Err(refusal(ErrorKind::Conflict, "ResourceInUse", format!("{id} is being created")));
        }
        let of = |object: &Object| object.is.parent.as_deref() == Some(id);
        let goes_along = |object: &Object| of(object) && matches!(object.kind.belongs, Belongs::In(_));
        let stays = |o: &Object| (of(o) && !goes_along(o)) || (o.is.uses.contains(id) && !goes_along(o));
        if let Some((other, _)) = self.objects.iter().find(|(_, object)| stays(object)) {
            return Err(refusal(ErrorKind::Conflict, "DeleteConflict", format!("{id} is needed by {other}")));
        }
        let going = object.kind.going;
        let along: Vec<String> =
            self.objects.iter().filter(|(_, object)| goes_along(object)).map(|(id, _)| id.clone()).collect();
        for child in &along {
            self.objects.remove(child);
        }
        self.swept_along.extend(along);
        if going == 0 {
            self.objects.remove(id);
        } else if let Some(object) = self.objects.get_mut(id) {
            object.going_until = Some(at.now + going);
        }
        Ok(Vec::new())
    }

    fn read(&self, id: &str, at: Moment) -> Result<Seen, OpError> {
        let object = self.objects.get(id).ok_or_else(|| no_such(id))?;
        if at.is_behind && at.now < object.unseen_until {
            return Err(no_such(id));
        }
        let now = seen(id, object, at.now);
        match &object.before {
            Some((is, version, until)) if at.is_behind && at.now < *until => {
                Ok(Seen { is: is.clone(), version: *version, ..now })
            }
            _ => Ok(now),
        }
    }

    fn list(&self, kind: &Kind, parent: Option<&str>, at: Moment) -> Result<Vec<Seen>, OpError> {
        if let Some(parent) = parent
            && !self.objects.contains_key(parent)
        {
            return Err(no_such(parent));
        }
        let all = self.objects.iter().filter(|(_, object)| {
            object.kind.name == kind.name
                && parent.is_none_or(|parent| object.is.parent.as_deref() == Some(parent))
                && !(at.is_behind && at.now < object.unseen_until)
        });
        Ok(all.map(|(id, object)| seen(id, object, at.now)).collect())
    }

    /// What went with its parent since this was last asked.
    pub fn take_swept_along(&mut self) -> Vec<String> {
        std::mem::take(&mut self.swept_along)
    }

    /// Everything there is at a time, past all lag.
    pub fn all(&self, now: u64) -> Vec<Seen> {
        let there = self.objects.iter().filter(|(_, object)| object.going_until.is_none_or(|until| until > now));
        there.map(|(id, object)| seen(id, object, now)).collect()
    }

    /// Makes an object that is nobody's business here.
    pub fn add_foreign(&mut self, name: &str, is: Wish) -> String {
        self.made += 1;
        let id = format!("foreign-{}", self.made);
        let object = Object {
            kind: kind(name),
            is,
            version: 1,
            token: String::new(),
            ready: 0,
            going_until: None,
            unseen_until: 0,
            before: None,
        };
        self.objects.insert(id.clone(), object);
        id
    }

    /// Changes an object as somebody else would. Says whether it was there and could be.
    pub fn edit(&mut self, id: &str, now: u64, change: impl FnOnce(&mut Wish)) -> bool {
        let at = Moment { now, lag: 0, is_behind: false };
        let edit = |_: &Kind, is: &Wish| {
            let mut is = is.clone();
            change(&mut is);
            is
        };
        self.update(id, at, edit).is_ok()
    }

    /// Deletes an object as somebody else would. Says whether that was possible.
    pub fn remove(&mut self, id: &str, now: u64) -> bool {
        let removed = self.delete(id, Moment { now, lag: 0, is_behind: false }).is_ok();
        if removed {
            self.objects.remove(id);
        }
        removed
    }
}

fn seen(id: &str, object: &Object, now: u64) -> Seen {
    Seen {
        id: id.to_owned(),
        kind: object.kind.name,
        is: object.is.clone(),
        version: object.version,
        token: object.token.clone(),
        is_ready: object.ready <= now,
        is_going: object.going_until.is_some(),
    }
}
