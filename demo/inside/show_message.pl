#!/usr/bin/perl
# Shows one line of slack.jsonl as a person would read it.
use strict;
use warnings;
use JSON::PP;

binmode STDOUT, ':encoding(UTF-8)';
my $message = decode_json(scalar <STDIN>);
my $payload = $message->{payload};
print "  $message->{received_at}  $message->{channel}\n";
print "  $payload->{text}\n" if $payload->{text};
for my $attachment (@{ $payload->{attachments} // [] }) {
    my @lines = map { split /\n/ } grep { defined && length } @$attachment{qw(title text)};
    tr/\x00-\x1f\x7f// && s/[\x00-\x1f\x7f]/?/g for @lines;
    print map { "  | $_\n" } @lines;
}
