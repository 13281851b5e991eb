locals {
  sum =1+2*-3- -4/(5%2)
  neg=-  local.sum
  not=! true&&!false||  !local.a
  cmp = 1<2==true!=(3>=4)
  cond=var.a?"b":  "c"
  call = max( 1 ,2 , [3 , 4] ... )
  ns=provider :: aws :: arn_parse ( "arn" )
  idx = var.list [ 0 ] . name . * . id [ * ] [ "k" ]
  leg= var.list.0.name
  tup=[ 1,"a" , [ ] , { } ]
  obj={ a=1 , "b" : 2 , (var.c)=3 }
  for1=[for x in [1,2]:x*2 if x!=1]
  for2={for k,v in {a=1}:k=>v...}
  for3 = [ for s in var.list : {
  name=s.name
  }
  ]
  par=(
  1 +
      2
  )
  multi = merge({
    a=1
  },{
      b=2
  })
  args = concat(
  [1],
      [2],
  )
  brackets = [{
    a = 1
  },
  {
    b = 2
  }]
  cond2 = (var.a
    ? "x"
    : "y")
  arrow={for x in y: -1=>-1}
  between = x . y [ - 1 ]
}
