# A server in which opsmon is installed, for tests of what finds extensions there only: a copy of this machine's whose
# folders are links, but for the programs, by which PostgreSQL finds the others.
#
#   my $installed = install_server();                         the folder that has bin and lib in it
#   my $node = new_installed_node('old', $installed);         initialised, not running
package OpsmonInstalled;

use strict;
use warnings;
use Exporter 'import';
use File::Basename qw(basename);
use File::Path qw(make_path);
use Opsmon;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;

our @EXPORT = qw(install_server new_installed_node);

sub link_entries {
    my ($into, $from, @but) = @_;
    make_path($into);
    for my $path (glob "$from/*") {
        my $name = basename($path);
        next if -e "$into/$name" || grep { $_ eq $name } @but;
        symlink $path, "$into/$name" or die "$into/$name: $!";
    }
    return;
}

sub install_server {
    my $copy = PostgreSQL::Test::Utils::tempdir;
    my %at = map { chomp(my $path = `$ENV{PG_CONFIG} --$_`); ($_ => $path) } qw(bindir pkglibdir sharedir);
    make_path("$copy$at{bindir}");
    system('cp', '-RL', "$at{bindir}/.", "$copy$at{bindir}") == 0 or die "cannot copy $at{bindir}";
    link_entries("$copy$at{pkglibdir}", "$ENV{OPSMON_STAGE}$at{pkglibdir}");
    link_entries("$copy$at{pkglibdir}", $at{pkglibdir});
    link_entries("$copy$at{sharedir}/extension", "$ENV{OPSMON_STAGE}$at{sharedir}/extension");
    link_entries("$copy$at{sharedir}/extension", "$at{sharedir}/extension");
    link_entries("$copy$at{sharedir}", $at{sharedir}, 'extension');
    return "$copy$at{bindir}" =~ s{/bin$}{}r;
}

sub new_installed_node {
    my ($name, $installed) = @_;
    my $node = PostgreSQL::Test::Cluster->new($name, install_path => $installed);
    $node->init(allows_streaming => 1);
    $node->append_conf('postgresql.conf', preload_conf() =~ s/^(dynamic_library_path|extension_\w+) = .*\n//gmr);
    return $node;
}

1;
