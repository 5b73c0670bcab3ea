"""Generate load: loops over non-blocking sockets, in one process or several, and exact sums of what they saw.

team.GeneratorTeam      all that send, as one
process.GeneratorProcess, child     one that sends, in a process of its own
loop.LoadLoop           sends what is due, and takes what comes back
rest_sender, grpc_sender            one connection each
record.Record           what came of it
"""
