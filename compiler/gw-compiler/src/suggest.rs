//! Nearest names for "did you mean". Must not know what the names stand for.

pub(crate) use gw_expr::{listed, nearest};

/// Where a word of another gateway is found in this language.
pub(crate) fn foreign(word: &str, parent: &str) -> Option<&'static str> {
    Some(match word {
        "address" | "addresses" | "host" if parent == "listener" => {
            "a listener has `bind = \":8080\"`"
        }
        "server" | "servers" | "http" if parent == "file" => {
            "declare `listener NAME { bind = \":8080\" }`, and routes or a `service NAME on \"HOST\"`"
        }
        "upstream" | "upstreams" | "cluster" | "clusters" | "service_name" | "load_balancer" => {
            "declare `backend NAME { target = \"http://host:port\" }` and send requests there with `to NAME`"
        }
        "server" | "servers" | "endpoint" | "endpoints" | "url" | "address" | "addresses" => {
            "a backend has `target = \"http://host:port\"`, or `targets = [\"…\", \"…\"]`"
        }
        "server_name" | "virtual_host" | "virtual_hosts" | "vhost" | "hosts" | "domains" => {
            "name hosts in a header: `service NAME on \"api.example.com\" { … }`"
        }
        "listen" | "port" | "ports" | "entryPoints" | "entrypoints" | "entry_points" => {
            "a listener has `bind = \":8080\"`"
        }
        "ssl" | "ssl_certificate" | "ssl_certificate_key" | "certificate" => {
            "a listener has `tls { cert = file(\"…\"), key = file(\"…\") }`"
        }
        "location" | "locations" | "routes" | "match" | "path" | "paths" | "prefix" | "methods"
        | "router" | "routers" | "handle" | "handle_path" | "rule" | "httproute" | "HTTPRoute" => {
            "write `route NAME GET /path/{id:int} { … }`"
        }
        "proxy_pass" | "forward" | "forward_to" | "cluster_name" | "reverse_proxy" | "proxy"
        | "upstream_url" => "send requests on with `to BACKEND`",
        "return" | "direct_response" | "response_code" => "answer with `respond 200 \"text\"`",
        "rewrite" | "regex_rewrite" | "prefix_rewrite" | "strip_path" | "strip_prefix"
        | "stripPrefix" | "stripprefix" | "uri" | "replacePath" | "add_prefix" | "addPrefix" => {
            "write `request { replace prefix \"/old\" = \"/new\" }`, or `to BACKEND { path = \"/new/{path.id}\" }`"
        }
        "proxy_set_header"
        | "add_header"
        | "set_header"
        | "header"
        | "headers"
        | "request_headers_to_add"
        | "headers_up"
        | "header_up"
        | "header_down"
        | "request_transformer"
        | "response_transformer" => {
            "write `request { set header \"x-name\" = … }` or `response { … }`"
        }
        "plugin" | "plugins" | "filter" | "filters" | "http_filters" | "middleware"
        | "middlewares" => {
            "there are no plugins: declare a `policy`, `limit` or `transform` and write `use policy NAME`"
        }
        "rate_limit" | "ratelimit" | "limit_req" | "rate_limits" | "throttle" => {
            "declare `limit NAME { key = source.ip, rate = 100/min }` and write `use limit NAME`"
        }
        "jwt" | "auth" | "authentication" | "jwt_authn" | "oidc" => {
            "declare `authn NAME: jwt<CLAIMS> { … }` and write `authn NAME` in a service or route"
        }
        "auth_required" | "anonymous" | "skip_auth" => "write `authn NAME`, or `public \"why\"`",
        "connect_timeout" | "proxy_connect_timeout" => "write `timeout { connect = 300ms }`",
        "proxy_read_timeout" | "read_timeout" | "response_timeout" => {
            "write `timeout { first_byte = 2s }`"
        }
        "request_timeout" | "timeout" | "timeouts" => {
            "a backend has `timeout { connect = 300ms, first_byte = 2s, total = 5s }`"
        }
        "proxy_next_upstream"
        | "retry_on"
        | "retry_policy"
        | "retries"
        | "num_retries"
        | "max_retries"
            if parent != "retry" =>
        {
            "a backend has `retry { on = [connect, reset, 503], attempts = 2, budget = 10% }`"
        }
        "retries" | "num_retries" | "max_retries" | "proxy_next_upstream_tries" => {
            "write `attempts = 2`: the tries after the first one"
        }
        "per_try_timeout" => {
            "`connect` and `first_byte` of `timeout` hold for each try, `total` for all of them"
        }
        "lb_policy" | "algorithm" | "strategy" => "a backend has `balance = least_request`",
        "weighted_clusters" | "weights" | "canary" => "write `to split { a 95%, b 5% }`",
        "include" | "require" | "use_file" => "write `import \"./file.gw\"`",
        "map" | "geo" => {
            "declare a `table`, or write `switch value { pattern => result, _ => other }`"
        }
        "entryPoint" | "gateways" | "parentRefs" => {
            "a route or service is served by every listener, or by those of `listeners = [NAME]`"
        }
        "file_server" | "root" | "try_files" | "index" | "static" => {
            "files are served by a backend of their own; `respond 200 \"text\"` answers with a text"
        }
        "health" | "health_check" | "health_checks" | "healthcheck" | "healthCheck"
        | "healthchecks" | "outlier_detection" | "circuit_breaker" | "circuitBreaker"
        | "circuit_breakers" | "max_fails" | "fail_timeout" => {
            "there are no active checks: `ejection { after = 5, rest = 10s }` lets an endpoint rest that fails"
        }
        "cors" => {
            "write the headers: `response { set header \"access-control-allow-origin\" = \"https://shop.example\" }`"
        }
        "basic_auth" | "basicauth" | "basicAuth" | "auth_basic" | "key_auth" | "keyauth"
        | "key-auth" | "forward_auth" | "forwardAuth" | "ext_authz" | "auth_request" => {
            "declare `authn NAME: api_key<RECORD> { … }` or `jwt<CLAIMS>`, and write `authn NAME`"
        }
        "acl" | "rbac" | "ip_whitelist" | "ip_allow_list" | "ipAllowList" | "ipWhiteList"
        | "ip_restriction" | "remote_ip" | "whitelist" | "allowlist" => {
            "write `deny when !(source.ip in 10.0.0.0/8) reason \"…\"`"
        }
        "access_log" | "error_log" | "log" | "logs" | "accesslog" | "tracing" | "metrics"
        | "stats" => "logs and metrics are options of `gateway run`, not of the policy",
        "gzip" | "encode" | "compress" | "compression" | "brotli" => {
            "the gateway passes bodies on as they are; let the backend compress them"
        }
        "cache" | "proxy_cache" => "there is no cache; backends state `cache-control`",
        "keepalive" | "keepalive_timeout" | "max_idle_conns" | "keepalive_requests" => {
            "a backend has `idle_timeout = 60s` and `max_connections = 1024`"
        }
        "client_max_body_size" | "max_body_size" | "buffering" | "request_body_limit" => {
            "write `max_body = 2MiB` in a route or service, or in `http` of a listener"
        }
        "resource" | "module" | "provider" | "data" | "locals" | "output" => {
            "blocks are named by what they are: `backend NAME { … }`, `route NAME GET /path { … }`"
        }
        "variable" | "variables" | "env" | "set_var" => {
            "declare `param NAME: string = \"default\"`, or `secret NAME = env(\"VARIABLE\")`"
        }
        "redir" | "rewrite_to" | "redirect_to" | "redirectScheme" | "redirectRegex" => {
            "write `redirect 308 \"https://new.example/{path.rest}\"`"
        }
        "abort" | "error" | "static_response" => "answer with `respond 403 \"text\"`",
        "if" | "else" => "write conditions as `when CONDITION`: on a route, `allow` or `deny`",
        "var" | "const" | "def" => "write `let NAME = EXPRESSION`",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_typos_and_leaves_strangers() {
        assert_eq!(
            nearest("lisener", ["listener", "backend"]),
            Some("listener")
        );
        assert_eq!(nearest("tragets", ["targets", "timeout"]), Some("targets"));
        assert_eq!(nearest("zebra", ["listener", "backend"]), None);
    }
}
