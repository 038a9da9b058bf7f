gw 1
schema Claims { role: string }
listener plain { bind = "127.0.0.1:@{port}" }
backend be { target = "http://@{backend}" }
authn issuer: jwt<Claims> {
  issuer = "https://issuer.test", audience = "gw", algorithms = [RS256]
  keys = file("@{keys}/rs256.jwks")
}
route all /** {
  authn issuer
  allow when jwt.role == "admin"
  to be
}
