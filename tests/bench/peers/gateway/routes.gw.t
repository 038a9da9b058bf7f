gw 1
listener plain { bind = "127.0.0.1:@{port}" }
backend be { target = "http://@{backend}" }
%for h in hosts
service @{h.name.split(".")[0]} on "@{h.name}" {
%for r in h.routes
  route r@{r.i} @{r.path}** { public "benchmark"; to be }
%end
}
%end
