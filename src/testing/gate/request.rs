//! Requests as they pass the gate, and answers in the form of their services.

use super::action;
use std::io::{self, BufRead, BufReader, Read};
use std::net::TcpStream;

/// How a service writes requests and answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    /// Action in a header, JSON in the bodies: DynamoDB, Cognito, CloudWatch Logs.
    Json,
    /// Action in the method and path, JSON in the bodies: AppSync, Lambda.
    Rest,
    /// Action in the body, XML in the answer: IAM, STS.
    Query,
}

/// A request.
pub(super) struct Request {
    /// Such as `CreateTable` or `POST /v1/apis`.
    pub(super) call: String,
    /// What it is called in IAM, such as `dynamodb:CreateTable`.
    pub(super) action: String,
    /// Such as `DynamoDB_20120810`, where the service is named in a header.
    service: String,
    form: Form,
    body: Vec<u8>,
    pub(super) forwarded: Vec<u8>,
}

impl Request {
    /// The request on a connection, or nothing where there is none.
    pub(super) fn read(caller: &TcpStream) -> io::Result<Option<Self>> {
        let mut reader = BufReader::new(caller);
        let mut first = String::new();
        if reader.read_line(&mut first)? == 0 {
            return Ok(None);
        }
        let (mut head, mut length, mut target) = (first.clone(), 0, None);
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').unwrap_or((&line, ""));
            match name.to_ascii_lowercase().as_str() {
                "connection" => continue,
                "content-length" => length = value.trim().parse().map_err(io::Error::other)?,
                "x-amz-target" => target = Some(value.trim().to_owned()),
                _ => {}
            }
            head.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        // Without keeping the connection, its end is the end of the answer.
        let forwarded = [format!("{head}connection: close\r\n\r\n").as_bytes(), &body].concat();
        let action = || {
            let form = String::from_utf8_lossy(&body);
            form.split('&').find_map(|pair| pair.strip_prefix("Action=")).map(str::to_owned)
        };
        let (service, call, form) = match target {
            Some(target) => {
                let (service, call) = target.split_once('.').unwrap_or(("", &target));
                (service.to_owned(), call.to_owned(), Form::Json)
            }
            None => match action() {
                Some(action) => (String::new(), action, Form::Query),
                None => {
                    let path = first.rsplit_once(' ').map_or(first.clone(), |(call, _)| call.to_owned());
                    (String::new(), path, Form::Rest)
                }
            },
        };
        let action = match form {
            Form::Json => action::of_target(&service, &call),
            Form::Query => action::of_form(&String::from_utf8_lossy(&body), &call),
            Form::Rest => action::of_path(&call),
        };
        Ok(Some(Self { call, action, service, form, body, forwarded }))
    }

    pub(super) fn changes_something(&self) -> bool {
        !["GET ", "Get", "List", "Describe"].iter().any(|reads| self.call.starts_with(reads))
    }

    pub(super) fn identity(&self) -> String {
        format!("{} {}", self.call, String::from_utf8_lossy(&self.body))
    }

    /// The refusal of a service that is called too often.
    pub(super) fn throttled(&self) -> Vec<u8> {
        match self.form {
            Form::Query => self.refused(400, "Throttling", "Rate exceeded"),
            Form::Rest => self.refused(429, "TooManyRequestsException", "Rate exceeded"),
            Form::Json if self.service.starts_with("AWSCognito") => {
                self.refused(400, "TooManyRequestsException", "Rate exceeded")
            }
            Form::Json => self.refused(400, "ThrottlingException", "Rate exceeded"),
        }
    }

    /// The answer of a service that fails.
    pub(super) fn failed(&self) -> Vec<u8> {
        let code = match self.form {
            Form::Query => "ServiceFailure",
            Form::Rest => "InternalFailureException",
            Form::Json => "InternalServerError",
        };
        self.refused(500, code, "The request processing has failed because of an unknown error.")
    }

    /// An answer with an error.
    pub(super) fn refused(&self, status: u16, code: &str, message: &str) -> Vec<u8> {
        let id = "11111111-2222-3333-4444-555555555555";
        let (head, body) = match self.form {
            Form::Query => {
                let side = if status < 500 { "Sender" } else { "Receiver" };
                let body = format!(
                    "<ErrorResponse xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><Error><Type>{side}</Type>\
                     <Code>{code}</Code><Message>{message}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
                );
                ("content-type: text/xml".to_owned(), body)
            }
            Form::Rest => (
                format!("content-type: application/json\r\nx-amzn-errortype: {code}"),
                format!("{{\"message\":\"{message}\"}}"),
            ),
            Form::Json => (
                "content-type: application/x-amz-json-1.0".to_owned(),
                format!("{{\"__type\":\"com.amazonaws.service#{code}\",\"message\":\"{message}\"}}"),
            ),
        };
        let length = body.len();
        format!(
            "HTTP/1.1 {status} Refused\r\n{head}\r\nx-amzn-requestid: {id}\r\ncontent-length: {length}\r\n\
             connection: close\r\n\r\n{body}"
        )
        .into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::{Ipv4Addr, TcpListener};

    fn read(text: &str) -> Request {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let mut sender = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        sender.write_all(text.as_bytes()).unwrap();
        Request::read(&listener.accept().unwrap().0).unwrap().expect("a request")
    }

    #[test]
    fn each_service_is_answered_in_its_own_form() {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        let table =
            read("POST / HTTP/1.1\r\nx-amz-target: DynamoDB_20120810.CreateTable\r\ncontent-length: 2\r\n\r\n{}");
        assert_eq!((table.call.as_str(), table.form), ("CreateTable", Form::Json));
        assert!(text(table.throttled()).contains("#ThrottlingException\""));
        let role = read("POST / HTTP/1.1\r\ncontent-length: 36\r\n\r\nAction=CreateRole&Version=2010-05-08");
        assert_eq!((role.call.as_str(), role.form), ("CreateRole", Form::Query));
        assert!(text(role.throttled()).contains("<Code>Throttling</Code>"));
        let api = read("POST /v1/apis HTTP/1.1\r\nConnection: keep-alive\r\ncontent-length: 2\r\n\r\n{}");
        assert_eq!((api.call.as_str(), api.form), ("POST /v1/apis", Form::Rest));
        assert!(text(api.throttled()).starts_with("HTTP/1.1 429 "));
        assert!(text(api.failed()).starts_with("HTTP/1.1 500 "));
        assert!(text(api.forwarded.clone()).contains("\r\nconnection: close\r\n\r\n{}"));
        assert!(table.changes_something() && role.changes_something() && api.changes_something());
        assert!(!read("GET /v1/apis HTTP/1.1\r\n\r\n").changes_something());
    }
}
