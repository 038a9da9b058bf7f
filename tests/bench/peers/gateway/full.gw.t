gw 1
schema Claims { role: string }
listener plain { bind = "127.0.0.1:@{port}" }
backend be { target = "http://@{backend}" }
authn issuer: jwt<Claims> {
  issuer = "https://issuer.test", audience = "gw", algorithms = [RS256]
  keys = file("@{keys}/rs256.jwks")
}
limit per_key { key = request.headers["x-api-key"] ?? "", rate = 1000000/s, burst = 10000 }
%for h in hosts
service @{h.name.split(".")[0]} on "@{h.name}" {
  authn issuer
  use limit per_key
  allow when jwt.role == "admin"
  response {
    remove header "x-request-cost"
    set header "x-gateway" = "g1"
    set header "x-frame-options" = "DENY"
  }
%for r in h.routes
  route r@{r.i} @{r.path}** {
    request {
      set header "x-orig-path" = request.path
      replace prefix "@{r.path}" = "/new/"
      set header "x-tenant" = "acme"
      set header "x-env" = "prod"
      remove header ["authorization", "x-debug"]
    }
    to be
  }
%end
}
%end
