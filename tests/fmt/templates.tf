locals {
  a="${var.x}"
  b = "${ var.x }"
  c="a${ var.x }b   c"
  d = "%{ if   var.x ~}  y %{  else }n%{ endif }"
  e="${var.x}${var.y}"
  g = "${
    var.x
  }"
  h = "${
    var.x ? 1
    : 2
  }"
  i = "${ {a=1} }"
  j = "${~ var.x ~}"
  k="$${not} %%{this} \" $ % \\"
  l=[ "${var.x}" ,"${ var.y }" ]
  m = "${ # why
  var.x }"
  n = "${var.x # why
  }"
  o = "${upper(
    var.x
  )}"
  p = "${-1}"
}
