import flask
print "x"
