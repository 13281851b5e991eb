locals {
  a = 1
  bbb = 2 # two
  cccc = 3// three
  # a comment ends no run of assignments?
  d = 4

  eeeee = 5 /* five */
  f = [ # opens
    1,   # one
    22,# two
    333
  ]
  g=6
  hh = {
    i = 1
    "jj"=2
    (kkk)   =3
    l: 4
  } # closes
  m = "日本語" # wide
  n = "é" # combined
  ooo = "👩‍👩‍👧" # joined
  p = <<EOT
text
EOT
  qqqq = 7
}
