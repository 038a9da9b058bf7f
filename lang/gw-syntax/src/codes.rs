//! The registry of diagnostic codes: one line each, never reused. `docs/diagnostics/` has a page
//! for each and `tests/cases/check/` a case for each; a test holds that.

#![expect(
    clippy::zero_prefixed_literal,
    reason = "codes are written with four digits"
)]

use crate::Severity;

macro_rules! codes {
    ($($variant:ident = $number:literal, $severity:ident, $title:literal;)*) => {
        /// A stable diagnostic code, printed as `GW0101`.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
        pub enum Code { $(#[doc = $title] $variant,)* }

        impl Code {
            /// Every code there is, in the order of the registry.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The number after `GW`.
            pub fn number(self) -> u16 { match self { $(Code::$variant => $number,)* } }

            /// The name that a `lint` gives it, as `unused_name`.
            pub fn name(self) -> String {
                match self { $(Code::$variant => snake_case(stringify!($variant)),)* }
            }

            /// A title in a few words.
            pub fn title(self) -> &'static str { match self { $(Code::$variant => $title,)* } }

            /// Severity unless a policy or a flag says otherwise.
            pub fn severity(self) -> Severity {
                match self { $(Code::$variant => Severity::$severity,)* }
            }
        }
    };
}

codes! {
    // 00xx: syntax
    Syntax = 0001, Error, "unexpected text";
    UnclosedBrace = 0002, Error, "a bracket is never closed";
    UnclosedString = 0003, Error, "a string is never closed";
    MissingEdition = 0004, Error, "the edition line is missing";
    UnknownEdition = 0005, Error, "unknown edition";
    InvalidUtf8 = 0006, Error, "the file is not UTF-8";
    FileTooLarge = 0007, Error, "the file is too large";
    NestingTooDeep = 0008, Error, "nesting is too deep";
    BidiCharacter = 0009, Error, "an invisible or bidirectional character";
    NumberRange = 0010, Error, "a number does not fit";
    BadEscape = 0011, Error, "unknown escape in a string";
    UnexpectedClose = 0012, Error, "a closing bracket without its opening one";
    EmptyFile = 0013, Error, "the file holds no policy";

    // 01xx: names and modules
    UnknownName = 0101, Error, "unknown name";
    DuplicateName = 0102, Error, "a name is declared twice";
    UnknownBlock = 0103, Error, "unknown block or statement";
    UnknownField = 0104, Error, "unknown field of a block";
    MissingField = 0105, Error, "a required field is missing";
    DuplicateField = 0106, Error, "a field is set twice";
    FileNotFound = 0107, Error, "a file cannot be read";
    ImportCycle = 0108, Error, "imports form a cycle";
    UnknownImport = 0109, Error, "the imported file has no such name";
    MissingParam = 0110, Error, "a parameter has no value";
    UnknownParam = 0111, Error, "a value is given for an unknown parameter";
    UnusedName = 0112, Warning, "a declaration is never used";
    MisplacedBlock = 0113, Error, "a block is not allowed here";
    RecursiveDeclaration = 0114, Error, "declarations refer to each other in a circle";
    WrongShape = 0115, Error, "a statement has the wrong shape";
    WrongArguments = 0116, Error, "wrong arguments";
    IdleAllow = 0117, Warning, "an allowed finding does not occur";
    UnknownLint = 0118, Error, "there is no such lint";
    UnusedImport = 0119, Warning, "an imported name is never used";
    BadDescription = 0120, Error, "a description cannot be read";
    UnknownSchema = 0121, Error, "a description has no such schema";
    ReferenceCircle = 0122, Error, "references lead only to each other";
    KindMismatch = 0123, Error, "a described schema is of another kind";
    SchemaTooLarge = 0124, Error, "a described schema is too large";
    MissingBlock = 0125, Error, "a block is missing";

    // 02xx: types and phases
    TypeMismatch = 0201, Error, "a value has the wrong type";
    UnknownMember = 0202, Error, "unknown field of a value";
    MaybeAbsent = 0203, Error, "a value may be absent";
    WrongPhase = 0204, Error, "a value is not available in this phase";
    NoIdentity = 0205, Error, "identity is read without authentication";
    NoOverload = 0206, Error, "no such function or operator for these types";
    UnknownVariant = 0207, Error, "unknown enum variant";
    DisjointComparison = 0208, Error, "a comparison that can never be true";
    BadRegex = 0209, Error, "a regular expression is wrong";
    BadCidr = 0210, Error, "an address or network is wrong";
    UnitMismatch = 0211, Error, "a unit does not fit";
    MayError = 0212, Warning, "a condition may fail at run time";
    UnknownType = 0213, Error, "unknown type";
    NotConstant = 0214, Error, "a constant is needed here";
    SecretLeak = 0215, Error, "a secret would leave its place";
    BadTimeZone = 0216, Error, "unknown time zone";
    BadConstant = 0217, Error, "a constant expression fails";
    UnknownFunction = 0218, Error, "unknown function";
    UnknownVariable = 0219, Error, "unknown variable";
    UnanchoredRegex = 0220, Warning, "a pattern lets more pass than it seems";
    LooseSchema = 0221, Warning, "a part of a schema reads as json";
    UncheckedSchema = 0222, Advice, "a constraint of a schema is not checked";
    EmptyRange = 0223, Error, "nothing is in a range";
    HostBits = 0224, Warning, "a network is written as one of its hosts";

    // 03xx: routes
    RouteOverlap = 0301, Error, "two routes match the same request";
    RouteUnreachable = 0302, Error, "a route can never match";
    BadPathPattern = 0303, Error, "a path pattern is wrong";
    NonCanonicalPath = 0304, Error, "a path pattern can never match a normalised path";
    BadHost = 0305, Error, "a host pattern is wrong";
    BadMethod = 0306, Error, "unknown method";
    NoAction = 0307, Error, "a route does nothing";
    DuplicateAction = 0308, Error, "a route does two things";
    DuplicatePathParam = 0309, Error, "a path parameter is named twice";
    TrailingSlash = 0310, Warning, "two routes differ only in a slash at the end";

    // 04xx: policy
    NoDecision = 0401, Error, "a route states no authorization";
    PublicWithRules = 0402, Error, "a public route states rules";
    NeverAllows = 0403, Warning, "a rule can never allow";
    NeverFires = 0404, Warning, "a deny rule can never fire";
    AlwaysAllows = 0405, Warning, "a rule allows everything";
    Weakened = 0406, Error, "an inherited check is weakened";
    OpenToAll = 0407, Error, "a route lets everybody in without saying so";
    DiagramBudget = 0408, Advice, "a policy is too large for a decision diagram";
    EmptyWhy = 0409, Error, "a reason is empty";
    RepeatedRule = 0410, Warning, "a rule is written twice";
    NeedlessRule = 0411, Warning, "a rule makes no difference";
    IdleOverride = 0412, Warning, "an override replaces nothing";

    // 05xx: traffic and safety
    BadWeights = 0501, Error, "weights do not add up";
    TimeoutInversion = 0502, Warning, "a timeout can never be reached";
    BadTarget = 0503, Error, "a target is not a usable address";
    HeaderInjection = 0504, Error, "a header is not safe to write";
    BadLimit = 0505, Error, "a limit makes no sense";
    RiskyJwt = 0506, Error, "token settings are not safe";
    LimitKeyAbsent = 0508, Error, "a limit key may be absent";
    BadStatus = 0509, Error, "a status code is out of range";
    ListenerConflict = 0510, Error, "two listeners bind the same address";
    NoListener = 0511, Warning, "no listener serves this policy";
    KeyInQuery = 0512, Warning, "a credential travels in the query";
    TargetLoop = 0513, Warning, "a backend is the gateway itself";
    LongLeeway = 0514, Warning, "expired tokens are accepted for long";
    PlainKeys = 0515, Warning, "keys are fetched without TLS";
    ForgeableHeader = 0516, Warning, "a decision trusts what clients write";
    OpenCors = 0517, Warning, "any site may act for its visitors";
    OpenCookie = 0518, Warning, "a cookie is not protected";
    ZeroShare = 0519, Warning, "a share of a split is zero";
    IdleTls = 0520, Warning, "TLS settings without a TLS target";
    IdleListener = 0521, Warning, "a listener serves no route";
    PeerAddress = 0522, Warning, "a listener cannot know its clients";
    NotAskedFor = 0523, Error, "no listener asks for client certificates";
    WrongSetting = 0524, Error, "a setting is of another kind of authentication";
    PastShadow = 0525, Warning, "a trial in shadow mode is past its date";
    IdleDate = 0526, Warning, "a date has no effect";
    BadDate = 0527, Error, "a text is not a date";
    AnyAudience = 0528, Warning, "tokens for others are accepted";
    PlainSecret = 0529, Warning, "a secret is sent without TLS";
    RetryOnPost = 0530, Warning, "a request may be done twice";
    IdleRetry = 0531, Warning, "a retry has no effect";
    BadRetry = 0532, Error, "a retry makes no sense";
    IdleBraces = 0533, Warning, "braces have no effect";
    ConstantKey = 0534, Warning, "a key is the same for every request";
    NoContent = 0535, Error, "a body where a status has none";
    IdlePath = 0536, Warning, "a change of the path has no effect";
    BadPath = 0537, Error, "a path is not one that requests have";

    // 06xx: cost, proofs, tests
    BadTest = 0601, Error, "a test is incomplete";
    ExpressionTooCostly = 0603, Error, "an expression is too large";
    BadRow = 0604, Error, "a row does not fit its table";
    BadMock = 0605, Error, "a mocked backend makes no sense";
    OverCost = 0606, Error, "an expression may take too many steps";
}

impl Code {
    /// Whether its level can be changed: it says that something is probably a mistake, not that it
    /// cannot be compiled.
    pub fn is_lint(self) -> bool {
        self.severity() < Severity::Error
    }

    /// The code that `text` means: `GW0112`, `gw0112` or `unused_name`.
    pub fn find(text: &str) -> Option<Self> {
        let named = || Code::ALL.iter().copied().find(|c| c.name() == text);
        text.parse().ok().or_else(named)
    }
}

fn snake_case(variant: &str) -> String {
    let mut name = String::with_capacity(variant.len() + 4);
    for (index, c) in variant.char_indices() {
        if c.is_ascii_uppercase() && index > 0 {
            name.push('_');
        }
        name.push(c.to_ascii_lowercase());
    }
    name
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "GW{:04}", self.number())
    }
}

impl std::str::FromStr for Code {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text
            .strip_prefix("GW")
            .or_else(|| text.strip_prefix("gw"))
            .ok_or(())?;
        let number: u16 = digits.parse().map_err(|_| ())?;
        Code::ALL
            .iter()
            .copied()
            .find(|c| c.number() == number)
            .ok_or(())
    }
}
