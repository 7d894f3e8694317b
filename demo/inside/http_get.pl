#!/usr/bin/perl
# Succeeds when a URL answers 2xx and some line of the answer matches.
#
#   http_get.pl URL PATTERN
use strict;
use warnings;
use HTTP::Tiny;

my ($url, $pattern) = @ARGV;
my $answer = HTTP::Tiny->new(timeout => 2, http_proxy => undef, max_size => 8 << 20)->get($url);
exit($answer->{success} && $answer->{content} =~ /$pattern/m ? 0 : 1);
