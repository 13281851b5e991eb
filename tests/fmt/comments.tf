    # indented
// slashes
/* one */ a=1
/*
   several
     lines
*/
b = 1/* inside */+2   # behind
block /* name */ "label" /* label */ { # opens
      # in it
c=3 // c

      /* last */
   }
/* end */ 
