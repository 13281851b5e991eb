resource aws_iam_role api {
name="api"


    # who may take the role
  assume_role_policy=jsonencode({
    Version="2012-10-17"
      Statement=[{
     Effect="Allow",Action = "sts:AssumeRole"
  Principal={Service="lambda.amazonaws.com"}
    }]
  })
tags   =   { a=1,b :2 }
  inline_policy{   name="x"   }
   lifecycle { }
dynamic "setting" {
for_each=var.settings
 content {
   namespace=setting.value["namespace"]
}
}
}
locals{a=1}
output "a b" { value   =local.a }   # kept
provider aws {}

variable x {}
data   "aws_region"    "here"{

}
