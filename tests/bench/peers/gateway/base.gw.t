gw 1
listener plain { bind = "127.0.0.1:@{port}" }
listener edge {
  bind = "127.0.0.1:@{port+1}"
  tls { cert = file("@{keys}/tls.crt"), key = file("@{keys}/tls.key"), min = "1.3" }
}
backend be { target = "http://@{backend}" }
route all /** { public "benchmark"; to be }
