variable a {
type="string"
}
variable "b" {
  type = "list"
default="${[]}"
}
variable "c" { type = "map" }
variable "d" { type = list }
variable "e" {
 type = set # kept
}
variable "f" {
  type = object({
  a=string
    b = optional( list( number ),[ ] )
  })
  validation {
    condition="${var.f.a!=""}"
    error_message="no"
  }
}
variable "g" { type = "any" }
output "h" {
  type = "string"
}
