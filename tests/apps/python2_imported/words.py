def greet():
    print "asked"
    return "hello"
