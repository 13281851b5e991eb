resource "x" "y" {
  a=<<EOT
  kept   as it is ${ var.x  } and ${upper( "a" )}
    %{ for i in  var.l ~}
  $${not} %%{this}
    %{  endfor  ~}
EOT
bb = <<-EOT
        indented
          ${ join(",",[
     1 ,2])}
    EOT
  ccc=f(<<ONE
1
ONE
,<<-TWO
    2
    TWO
  )
  d = [ <<A
a
A
  ]
e = 1
}
