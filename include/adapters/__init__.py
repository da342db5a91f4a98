"""Where ports meet products: billing systems and ERPs."""
