gw 1
listener plain { bind = "127.0.0.1:@{port}" }
backend be { target = "http://@{backend}" }
limit per_key { key = request.headers["x-api-key"] ?? "", rate = 1000000/s, burst = 10000 }
route all /** { public "benchmark"; use limit per_key; to be }
