a=1
bbb = {
 c=2 # x

}
d = <<E
  x
E
