gw 1
listener plain { bind = "127.0.0.1:@{port}" }
backend be { target = "http://@{backend}" }
route all /** {
  public "benchmark"
  request {
    set header "x-orig-path" = request.path
    replace prefix "/old" = "/new"
    set header "x-tenant" = "acme"
    set header "x-env" = "prod"
    remove header ["authorization", "x-debug"]
  }
  response {
    remove header "x-request-cost"
    set header "x-gateway" = "g1"
    set header "x-frame-options" = "DENY"
  }
  to be
}
