//! Networks that are written as one of their hosts.

use super::Checker;
use gw_syntax::{Code, Diagnostic, Span};
use ipnet::IpNet;

impl Checker<'_> {
    /// GW0224 for bits behind the prefix (RFC 4632 section 3.1), which nothing looks at; `written` is
    /// how a network would stand in that place.
    pub(super) fn host_bits(&mut self, net: IpNet, span: Span, written: impl Fn(IpNet) -> String) {
        let network = net.trunc();
        if !self.gw() || network == net {
            return;
        }
        let message = format!("`{net}` means all of `{network}`");
        let address = net.addr();
        self.report(
            Diagnostic::new(Code::HostBits, span, message)
                .here("one address of a network, for the whole of it")
                .help(format!(
                    "write `{network}`, or `{address}` for that address alone"
                ))
                .fix(format!("write `{network}`"), span, written(network)),
        );
    }
}
