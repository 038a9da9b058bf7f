//! Why a decision came out as it did: the stable slugs that logs, metrics, traces, problem
//! documents, tests and `gwc explain` share.

use serde::{Deserialize, Serialize};
use smol_str::{SmolStr, SmolStrBuilder};

/// A stable slug (`account-suspended`) with the sentence that it stands for (`account suspended`).
#[derive(Clone, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
pub struct Reason {
    /// Lower case words joined by `-`; bounded by the policy, so fit for a metric label.
    pub slug: SmolStr,
    /// The sentence as written by the author, or the built-in one.
    pub text: SmolStr,
}

impl Reason {
    /// A reason from a sentence; the slug keeps its letters and digits.
    pub fn new(text: &str) -> Self {
        let mut slug = SmolStrBuilder::new();
        let mut gap = false;
        for c in text.chars() {
            if c.is_alphanumeric() {
                if std::mem::take(&mut gap) {
                    slug.push('-');
                }
                slug.extend(c.to_lowercase());
            } else {
                gap = !slug.clone().finish().is_empty();
            }
        }
        Self {
            slug: slug.finish(),
            text: text.into(),
        }
    }
}

macro_rules! builtin {
    ($($(#[$doc:meta])* $name:ident = $status:literal, $text:literal;)*) => {
        /// Reasons that the gateway itself gives, each with the status it answers.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
        pub enum Builtin { $($(#[$doc])* $name,)* }

        impl Builtin {
            /// Every built-in reason.
            pub const ALL: &'static [Builtin] = &[$(Builtin::$name,)*];

            /// HTTP status (RFC 9110) of a response for this reason.
            pub fn status(self) -> u16 { match self { $(Builtin::$name => $status,)* } }

            /// The sentence.
            pub fn text(self) -> &'static str { match self { $(Builtin::$name => $text,)* } }

            /// Slug and sentence.
            pub fn reason(self) -> Reason { Reason::new(self.text()) }
        }
    };
}

builtin! {
    /// An allow rule matched, or the route is public.
    Allowed = 200, "allowed";
    /// The request is ambiguous or malformed (RFC 9112 section 11.2, RFC 3986 section 6).
    BadRequest = 400, "bad request";
    /// The path holds an encoded slash, a dot segment or an invalid escape.
    BadPath = 400, "bad path";
    /// No host, or more than one.
    BadHost = 400, "bad host";
    /// No route has this host and path.
    NoRoute = 404, "no route";
    /// Routes have this path, but none this method; the response lists them in `Allow`.
    MethodNotAllowed = 405, "method not allowed";
    /// No credential was sent.
    NoCredentials = 401, "no credentials";
    /// The token is malformed or its signature is wrong.
    TokenInvalid = 401, "token invalid";
    /// The token's `exp` has passed.
    TokenExpired = 401, "token expired";
    /// The token's `nbf` has not come.
    TokenNotYetValid = 401, "token not yet valid";
    /// The token's `iss` is not one of the expected.
    WrongIssuer = 401, "wrong issuer";
    /// The token's `aud` is not one of the expected.
    WrongAudience = 401, "wrong audience";
    /// The token's algorithm is not allowed.
    WrongAlgorithm = 401, "wrong algorithm";
    /// No key with the token's `kid`.
    UnknownKey = 401, "unknown signing key";
    /// The claims do not fit the declared schema.
    ClaimsMismatch = 401, "claims do not fit the schema";
    /// The API key is not in the table.
    UnknownApiKey = 401, "unknown api key";
    /// The `not_after` of the client's certificate has passed since the handshake.
    CertificateExpired = 401, "certificate expired";
    /// The key set cannot be had, and the last one is too old.
    KeysUnavailable = 503, "key set unavailable";
    /// No allow rule matched.
    NoAllowMatched = 403, "no allow matched";
    /// A deny rule's condition failed with an error.
    DenyError = 403, "deny rule failed";
    /// A limit is exceeded.
    RateLimited = 429, "rate limited";
    /// A concurrency limit is reached.
    TooManyConcurrent = 429, "too many concurrent requests";
    /// A limit's key failed with an error.
    LimitKeyError = 403, "limit key failed";
    /// A value for the request or response could not be computed.
    TransformError = 500, "transform failed";
    /// The body is larger than the limit.
    BodyTooLarge = 413, "body too large";
    /// The request head is larger than the limit (RFC 6585 section 5).
    HeadTooLarge = 431, "request head too large";
    /// The request head or body did not arrive in time.
    RequestTimeout = 408, "request timeout";
    /// A protocol upgrade that is not allowed.
    UpgradeRefused = 501, "upgrade not supported";
    /// Every endpoint of the backend refuses connections or is ejected.
    BackendUnavailable = 503, "backend unavailable";
    /// No connection to the backend in time.
    ConnectTimeout = 504, "backend connect timeout";
    /// No response head from the backend in time.
    FirstByteTimeout = 504, "backend first byte timeout";
    /// The exchange took too long.
    TotalTimeout = 504, "backend total timeout";
    /// The backend broke off before a response head.
    BackendReset = 502, "backend reset";
    /// The backend's response is malformed.
    BackendProtocol = 502, "backend protocol error";
    /// TLS with the backend failed.
    BackendTls = 502, "backend tls error";
    /// The gateway is shutting down.
    Draining = 503, "draining";
    /// The client went away before the response ended.
    ClientGone = 499, "client closed request";
    /// A fault in the gateway itself.
    Internal = 500, "internal error";
}
