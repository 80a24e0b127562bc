HELLO = "hello from the package"
