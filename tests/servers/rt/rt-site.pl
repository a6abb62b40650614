#!/usr/bin/perl
# Makes and fills a throw-away RT test site; called by "start" with RT_SITE_CONFIG set.
#   rt-site.pl init SITEDIR              schema, core data, queues, fields, groups, users, tokens
#   rt-site.pl demo SITEDIR              a dozen tickets in every state of the process
#   rt-site.pl bulk SITEDIR N [DAYS]     N more tickets, cloned from those there are, dates spread over DAYS
#   rt-site.pl board SITEDIR N           N open rollouts, each with a parent, two teams and five messages
#   rt-site.pl mail SITEDIR TICKET USER SHAPE LINE...
#                                        a mail from USER as mail programs write it: SHAPE is text, html, alternative,
#                                        quoted (with a signature, the question under it) or outlook (no sign of quoting)
#   rt-site.pl automation SITEDIR 0|1    switches the process scrips off or on (needs a server restart)
use strict;
use warnings;
use utf8;
use lib ( '/usr/local/share/request-tracker5/lib', '/usr/share/request-tracker5/lib' );
use JSON ();
use MIME::Base64 ();
use POSIX ();

my ( $cmd, $site, @rest ) = @ARGV;
die "usage: rt-site.pl init|demo|bulk|board|mail|automation SITEDIR ...\n" unless $cmd && $site && -d $site;
die "RT_SITE_CONFIG is not set\n" unless $ENV{RT_SITE_CONFIG};

use RT;
RT::LoadConfig();
RT->InitPluginPaths();
RT->InitClasses();
RT::InitLogging();
require RT::Handle;

my $tokens_file = "$site/tokens.json";

sub fast {
    my $dbh = $RT::Handle->dbh;
    $dbh->do('PRAGMA synchronous=OFF');
    $dbh->do('PRAGMA journal_mode=MEMORY');
    $dbh->do('PRAGMA cache_size=-200000');
}

sub connect_rt { RT->Init(); fast() }

sub ok { my ( $r, $m, $what ) = @_; die "$what: " . ( $m // '' ) . "\n" unless $r; return $r }

# ---------------------------------------------------------------- the cast
our @TEAMS = (    # NGI, site
    [ 'IBERGRID', 'LIP-Lisbon' ],   [ 'IBERGRID', 'CESGA-PPS' ],  [ 'NGI_IT', 'INFN-PADOVA' ],
    [ 'NGI_CZ',   'praguelcg2' ],   [ 'NGI_FRANCE', 'IN2P3-CC-T2' ], [ 'NGI_DE', 'FZK-LCG2' ],
    [ 'NGI_PL',   'CYFRONET-LCG2' ], [ 'NGI_GRNET', 'HG-01-GRNET' ], [ 'NGI_UK', 'UKI-LT2-Brunel' ],
    [ 'NGI_CH',   'CSCS-LCG2' ],    [ 'NGI_NDGF', 'SE-SNIC-T2' ], [ 'ROC_CERN', 'CERN-PROD' ],
);
sub team { my $t = shift; "ea-$t->[0]-$t->[1]" }

sub init {
    my $db = RT->Config->Get('DatabaseName');
    unlink $db, "$db-journal", "$db-wal", "$db-shm";
    $RT::Handle = RT::Handle->new;
    RT::ConnectToDatabase();
    fast();
    my ( $r, $m ) = $RT::Handle->InsertSchema( $RT::Handle->dbh );
    ok( $r, $m, 'schema' );
    $RT::Handle->BeginTransaction;
    ( $r, $m ) = $RT::Handle->InsertInitialData;
    ok( $r, $m, 'core data' );
    $RT::Handle->Commit;
    ( $r, $m ) = $RT::Handle->InsertData( $RT::EtcPath . '/initialdata', 'password', disconnect_after => 0 );
    ok( $r, $m, 'initialdata' );
    RT->Init();
    fast();
    $RT::Handle->BeginTransaction;
    provision();
    $RT::Handle->Commit;
}

sub mkuser {
    my %a = @_;
    my $u = RT::User->new( RT->SystemUser );
    my ( $id, $m ) = $u->Create( Privileged => 1, Password => 'password', EmailAddress => "$a{Name}\@example.org", %a );
    ok( $id, $m, "user $a{Name}" );
    return $u;
}

sub mktoken {
    my ($u) = @_;
    my $t = RT::AuthToken->new( RT->SystemUser );
    my ( $id, $m, $auth ) = $t->Create( Owner => $u->Id, Description => 'test site' );
    ok( $id, $m, 'token ' . $u->Name );
    return $auth;
}

sub grant {
    my ( $obj, $principal, @rights ) = @_;
    for my $right (@rights) {
        my ( $r, $m ) = $principal->PrincipalObj->GrantRight( Right => $right, Object => $obj );
        ok( $r, $m, "right $right" );
    }
}

sub mkcf {
    my %a      = @_;
    my $values = delete $a{Values};
    my $queues = delete $a{Queues};
    my $cf     = RT::CustomField->new( RT->SystemUser );
    my ( $id, $m ) = $cf->Create( LookupType => 'RT::Queue-RT::Ticket', %a );
    ok( $id, $m, "custom field $a{Name}" );
    my $n = 0;
    for my $v ( @{ $values || [] } ) {
        ( $id, $m ) = $cf->AddValue( Name => $v, SortOrder => ++$n );
        ok( $id, $m, "value $v" );
    }
    for my $q (@$queues) {
        ( $id, $m ) = $cf->AddToObject($q);
        ok( $id, $m, "apply $a{Name}" );
    }
    return $cf;
}

sub provision {
    my %q;
    for my $d ( [ 'sw-rel', 'Software releases' ], [ 'staged-rollout', 'Staged rollout' ], [ 'rollouts-x', 'Staged rollout in other words' ] ) {
        my $q = RT::Queue->new( RT->SystemUser );
        my ( $id, $m ) = $q->Create(
            Name => $d->[0], Description => $d->[1], Lifecycle => $d->[0],
            CorrespondAddress => "$d->[0]\@rt.example.org", CommentAddress => "$d->[0]-comment\@rt.example.org",
        );
        ok( $id, $m, "queue $d->[0]" );
        $q{ $d->[0] } = $q;
    }
    my ( $rel, $sro, $other ) = @q{ 'sw-rel', 'staged-rollout', 'rollouts-x' };
    my $pil = RT::Queue->new( RT->SystemUser );    # RT's own lifecycle, and no fields
    {
        my ( $id, $m ) = $pil->Create( Name => 'pilots', Description => 'Pilots', Lifecycle => 'default' );
        ok( $id, $m, 'queue pilots' );
    }
    mkcf( Name => 'SW Stack',     Type => 'Freeform', MaxValues => 1, Queues => [ $rel, $sro ] );
    mkcf( Name => 'Component',    Type => 'Freeform', MaxValues => 1, Queues => [ $rel, $sro ] );
    mkcf( Name => 'Version',      Type => 'Freeform', MaxValues => 1, Queues => [ $rel, $sro ] );
    mkcf( Name => 'Platform',     Type => 'Select',   MaxValues => 1, Queues => [ $rel, $sro ],
        Values => [ 'SL5 x86_64', 'SL5 i386', 'SL6 x86_64', 'Debian6 x86_64', 'noarch' ] );
    mkcf( Name => 'Release Notes', Type => 'Text',    MaxValues => 1, Queues => [$rel] );
    mkcf( Name => 'EA Teams',     Type => 'Select',   MaxValues => 0, Queues => [$sro], Values => [ map { team($_) } @TEAMS ] );
    mkcf( Name => 'Outcome',      Type => 'Select',   MaxValues => 1, Queues => [ $rel, $sro ], Values => [qw(ACCEPT REJECT)] );
    mkcf( Name => 'DocID',        Type => 'Freeform', MaxValues => 1, Queues => [ $rel, $sro ], Pattern => '(?#Digits)^[\d]*$',
        LinkValueTo => 'https://documents.example.org/document/__CustomField__' );
    mkcf( Name => 'Deadline',     Type => 'Date',     MaxValues => 1, Queues => [$sro] );
    mkcf( Name => 'Teams chosen', Type => 'Select',   MaxValues => 0, Queues => [$other], Values => [ map { team($_) } @TEAMS ] );
    mkcf( Name => 'Verdict',      Type => 'Select',   MaxValues => 1, Queues => [$other], Values => [qw(ACCEPT REJECT)] );
    mkcf( Name => 'Doc',          Type => 'Freeform', MaxValues => 1, Queues => [$other] );
    mkcf( Name => 'In production since', Type => 'Date', MaxValues => 1, Queues => [$other] );
    mkcf( Name => 'Exposed until', Type => 'DateTime', MaxValues => 1, Queues => [$other] );
    mkcf( Name => 'Remarks',      Type => 'Freeform', MaxValues => 0, Queues => [ $sro, $other ] );

    my %g;
    for my $n ( 'sro-managers', 'sro-observers', map { team($_) } @TEAMS ) {
        my $g = RT::Group->new( RT->SystemUser );
        my ( $id, $m ) = $g->CreateUserDefinedGroup( Name => $n, Description => $n );
        ok( $id, $m, "group $n" );
        $g{$n} = $g;
    }
    my %u;
    $u{manager}  = mkuser( Name => 'sro-manager',  RealName => 'Staged Rollout Manager' );
    $u{manager2} = mkuser( Name => 'sro-manager2', RealName => 'Ana Gonçalves' );
    $u{observer} = mkuser( Name => 'observer',     RealName => 'Read Only' );
    $u{outsider} = mkuser( Name => 'outsider',     RealName => 'No Rights' );
    $u{member}   = mkuser( Name => 'ea-member',    RealName => 'Early Adopter (LIP-Lisbon)' );
    ok( $g{'sro-managers'}->AddMember( $u{$_}->PrincipalId ), '', 'member' ) for qw(manager manager2);
    ok( $g{'sro-observers'}->AddMember( $u{observer}->PrincipalId ), '', 'member' );
    ok( $g{ team( $TEAMS[0] ) }->AddMember( $u{member}->PrincipalId ), '', 'member' );
    for my $i ( 1 .. $#TEAMS ) {
        my $u = mkuser( Name => lc "ea-$TEAMS[$i][1]", RealName => "EA $TEAMS[$i][1]" );
        ok( $g{ team( $TEAMS[$i] ) }->AddMember( $u->PrincipalId ), '', 'member' );
    }

    my $priv = RT::Group->new( RT->SystemUser );
    $priv->LoadSystemInternalGroup('Privileged');
    for my $q ( $rel, $sro, $other, $pil ) {
        grant( $q, $g{'sro-managers'}, qw(SeeQueue ShowTicket ShowTicketComments ShowOutgoingEmail CreateTicket
            ReplyToTicket CommentOnTicket ModifyTicket OwnTicket TakeTicket StealTicket ReassignTicket Watch
            WatchAsAdminCc SeeCustomField ModifyCustomField SetInitialCustomField ForwardMessage) );
        grant( $q, $g{'sro-observers'}, qw(SeeQueue ShowTicket SeeCustomField) );
        for my $t (@TEAMS) {
            grant( $q, $g{ team($t) }, qw(SeeQueue ShowTicket ReplyToTicket SeeCustomField) );
        }
    }
    # A custom field's list of values is readable over REST2 only with SeeCustomField granted globally.
    grant( RT->System, $g{'sro-managers'}, qw(SeeGroup SeeCustomField ManageAuthTokens ModifySelf) );
    grant( RT->System, $g{'sro-observers'}, qw(ManageAuthTokens) );
    grant( RT->System, $priv, qw(ManageAuthTokens) );

    scrips( $rel, $sro );

    my %tok = map { $_ => { user => $u{$_}->Name, token => mktoken( $u{$_} ) } } keys %u;
    my $root = RT::User->new( RT->SystemUser );
    $root->Load('root');
    $tok{root} = { user => 'root', token => mktoken($root) };
    open my $fh, '>', $tokens_file or die "$tokens_file: $!";
    print $fh JSON->new->canonical->pretty->encode( \%tok );
    close $fh;
    chmod 0600, $tokens_file;
}

# The process' own automation, as scrips; made disabled.
sub scrips {
    my ( $rel, $sro ) = @_;
    my @def = (
        [ $rel, 'SRO: child ticket on StageRollOut', <<'COND', <<'COMMIT' ],
return $self->TransactionObj->Type eq 'Status' && lc($self->TransactionObj->OldValue) eq 'inverification' && lc($self->TransactionObj->NewValue) eq 'stagerollout';
COND
my $p = $self->TicketObj; my %v;
$v{$_} = $p->FirstCustomFieldValue($_) // '' for 'SW Stack','Component','Version','Platform';
my $child = RT::Ticket->new(RT->SystemUser);
my ($id,undef,$m) = $child->Create(Queue => 'staged-rollout', Status => 'new', MemberOf => $p->Id,
  Subject => join(' ', 'Staged Rollout', grep { length } @v{'SW Stack','Component','Version','Platform'}));
return 0 unless $id;
$child->AddCustomFieldValue(Field => $_, Value => $v{$_}, RecordTransaction => 0) for grep { length $v{$_} } keys %v;
return 1;
COMMIT
        [ $sro, 'SRO: chosen teams become AdminCc, ticket opens', <<'COND', <<'COMMIT' ],
return 0 unless $self->TransactionObj->Type eq 'CustomField';
my $cf = RT::CustomField->new(RT->SystemUser); $cf->Load($self->TransactionObj->Field);
return $cf->Name eq 'EA Teams';
COND
my $t = $self->TicketObj; my ($new,$old) = ($self->TransactionObj->NewValue, $self->TransactionObj->OldValue);
for my $n (grep { defined && length } $new, $old) {
  my $g = RT::Group->new(RT->SystemUser); $g->LoadUserDefinedGroup($n); next unless $g->Id;
  if (defined $new && $n eq $new) { $t->AddWatcher(Type => 'AdminCc', PrincipalId => $g->PrincipalId) }
  else { $t->DeleteWatcher(Type => 'AdminCc', PrincipalId => $g->PrincipalId) }
}
$t->SetStatus('open') if $t->Status eq 'new';
return 1;
COMMIT
        [ $sro, 'SRO: tell the parent the outcome', <<'COND', <<'COMMIT' ],
return $self->TransactionObj->Type eq 'Status' && $self->TransactionObj->NewValue eq 'resolved';
COND
my $t = $self->TicketObj; my $l = $t->MemberOf;
while (my $link = $l->Next) {
  my $p = $link->TargetObj or next;
  my ($o,$d) = map { $t->FirstCustomFieldValue($_) // '' } 'Outcome','DocID';
  $p->Correspond(Content => "Staged rollout outcome: $o\nDocument: $d\nTicket: ".$t->Id."\n");
  $p->AddCustomFieldValue(Field => 'Outcome', Value => $o) if length $o;
  $p->AddCustomFieldValue(Field => 'DocID', Value => $d) if length $d;
}
return 1;
COMMIT
    );
    for my $d (@def) {
        my $s = RT::Scrip->new( RT->SystemUser );
        my ( $id, $m ) = $s->Create(
            Queue => $d->[0]->Id, Description => $d->[1], ScripCondition => 'User Defined', ScripAction => 'User Defined',
            Template => 'Blank', CustomIsApplicableCode => $d->[2], CustomPrepareCode => 'return 1;', CustomCommitCode => $d->[3],
        );
        ok( $id, $m, "scrip $d->[1]" );
        $s->SetDisabled(1);
    }
}

sub automation {
    my $on = shift // 1;
    connect_rt();
    $RT::Handle->dbh->do( "UPDATE Scrips SET Disabled = ? WHERE Description LIKE 'SRO:%'", {}, $on ? 0 : 1 );
}

# ---------------------------------------------------------------- demo tickets
our @REL = (    # stack, component, version, platform
    [ 'EMI-1.0', 'SE-DPM_mysql', '1.8.0-1', 'SL5 x86_64' ], [ 'EMI-1.0', 'CREAM', '1.13.0-2', 'SL5 x86_64' ],
    [ 'EMI-1.0', 'WMS', '3.3.1-1', 'SL5 x86_64' ],          [ 'EMI-1.0', 'VOMS_mysql', '2.0.2-1', 'SL5 x86_64' ],
    [ 'UMD-1',   'ARC-CE', '1.0.1-1', 'SL5 x86_64' ],       [ 'gLite-3.2', 'BDII_top', '5.2.5-1', 'SL5 x86_64' ],
    [ 'EMI-1.0', 'StoRM', '1.7.0-3', 'SL5 x86_64' ],        [ 'EMI-1.0', 'LFC_oracle', '1.8.2-1', 'SL5 x86_64' ],
    [ '',        'CA', '1.38', '' ],                        [ 'UMD-1', 'GLOBUS-gridftp', '5.0.3-2', 'Debian6 x86_64' ],
    [ 'EMI-1.0', 'UI', '1.0.1-4', 'SL5 x86_64' ],           [ 'EMI-1.0', 'APEL', '1.0.0-0', 'SL5 i386' ],
    [ 'EMI-1.0', 'dCache', '1.9.12-8', 'SL6 x86_64' ],      [ 'UMD-1', 'UNICORE-X', '4.1.0-1', 'noarch' ],
);
sub title { join ' ', 'Staged Rollout', grep { length } @{ $_[0] } }

sub cu { my $u = RT::CurrentUser->new( RT->SystemUser ); $u->Load( $_[0] ); die "no user $_[0]\n" unless $u->Id; return $u }

sub as { my ( $user, $t ) = @_; my $x = RT::Ticket->new( cu($user) ); $x->Load( $t->Id ); return $x }

sub reply {
    my ( $t, $user, %a ) = @_;
    my $mime;
    my $subject = $a{Subject} // ( 'Re: ' . $t->Subject );
    my $enc = sub { Encode::encode( 'UTF-8', $_[0] ) };
    if ( $a{html} && $a{text} ) {
        $mime = MIME::Entity->build( Type => 'multipart/alternative', Subject => $enc->($subject) );
        $mime->attach( Type => 'text/plain; charset=UTF-8', Data => $enc->( $a{text} ) );
        $mime->attach( Type => 'text/html; charset=UTF-8',  Data => $enc->( $a{html} ) );
    }
    else {
        my $type = $a{html} ? 'text/html' : 'text/plain';
        $mime = MIME::Entity->build( Type => "$type; charset=UTF-8", Subject => $enc->($subject), Data => $enc->( $a{html} // $a{text} ) );
    }
    if ( $a{mail} ) {
        $mime->head->replace( 'From', "$user <" . lc($user) . '@example.org>' );
        $mime->head->replace( 'Message-ID', '<' . int( rand 1e9 ) . '@mail.example.org>' );
    }
    for my $f ( @{ $a{files} || [] } ) {
        $mime->make_multipart('mixed') unless ( $mime->mime_type // '' ) eq 'multipart/mixed';
        $mime->attach( Type => $f->[1], Filename => $f->[0], Data => $f->[2], Encoding => 'base64' );
    }
    my $x = as( $user, $t );
    my $method = $a{comment} ? 'Comment' : 'Correspond';
    my ( $id, $m ) = $x->$method( MIMEObj => $mime );
    ok( $id, $m, "$method by $user on #" . $t->Id );
}

# A true (if tiny) zip container, stored entries only: passes for a .docx or .odt.
sub zipfile {
    my @e = @_;
    require Compress::Zlib;
    my ( $out, $dir, $n ) = ( '', '', 0 );
    for my $e (@e) {
        my ( $name, $data ) = @$e;
        my $crc = Compress::Zlib::crc32($data);
        my $off = length $out;
        my $h = pack 'vvvvvVVVvv', 20, 0, 0, 0, 0x3e21, $crc, length $data, length $data, length $name, 0;
        $out .= "PK\x03\x04" . $h . $name . $data;
        $dir .= "PK\x01\x02" . pack('v', 20) . $h . pack( 'vvvVV', 0, 0, 0, 0, $off ) . $name;
        $n++;
    }
    return $out . $dir . "PK\x05\x06" . pack( 'vvvvVVv', 0, 0, $n, $n, length $dir, length $out, 0 );
}

sub report {
    my ( $team, $rel, $ext ) = @_;
    my $name = join( '-', team($team), grep { length } @{$rel}[ 0 .. 2 ] ) . ".$ext";
    return [ $name, 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
        zipfile( [ '[Content_Types].xml', '<Types/>' ], [ 'word/document.xml', "<w:document>$name</w:document>" x 20 ] ) ] if $ext eq 'docx';
    return [ $name, 'application/vnd.oasis.opendocument.text',
        zipfile( [ 'mimetype', 'application/vnd.oasis.opendocument.text' ], [ 'content.xml', "<office>$name</office>" x 20 ] ) ] if $ext eq 'odt';
    return [ $name, 'application/msword', "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" . ( "\0" x 504 ) . "$name " x 40 ];
}

sub demo {
    connect_rt();
    $RT::Handle->BeginTransaction;
    my $sys = cu('sro-manager');
    my $i   = 0;
    for my $rel (@REL) {
        my $n      = $i++;
        my $parent = RT::Ticket->new($sys);
        my ( $id, undef, $m ) = $parent->Create(
            Queue => 'sw-rel', Subject => join( ' ', grep { length } @$rel ), Status => 'new', Requestor => 'sro-manager@example.org',
            MIMEObj => MIME::Entity->build( Type => 'text/plain; charset=UTF-8', Data => Encode::encode( 'UTF-8', "Release of $rel->[1] $rel->[2] – please verify.\n" ) ),
        );
        ok( $id, $m, 'parent' );
        my @cf = ( 'SW Stack', 'Component', 'Version', 'Platform' );
        $rel->[$_] ne '' and $parent->AddCustomFieldValue( Field => $cf[$_], Value => $rel->[$_], RecordTransaction => 0 ) for 0 .. 3;
        $parent->AddCustomFieldValue( Field => 'Release Notes', Value => "Fixes 3 bugs.\nSee the release notes.\n" );
        my $stop_at = $n == 10 ? 'new' : $n == 11 ? 'InVerification' : 'StageRollOut';
        for my $s (qw(InVerification StageRollOut)) {
            last if $stop_at eq 'new';
            my ( $r, $mm ) = $parent->SetStatus($s);
            ok( $r, $mm, "status $s" );
            last if $s eq $stop_at;
        }
        next unless $stop_at eq 'StageRollOut';

        my $t = RT::Ticket->new( RT->SystemUser );
        ( $id, undef, $m ) = $t->Create( Queue => 'staged-rollout', Subject => title($rel), Status => 'new', MemberOf => $parent->Id,
            MIMEObj => MIME::Entity->build( Type => 'text/plain; charset=UTF-8', Data => "Staged rollout of $rel->[1] $rel->[2].\nRepository and release notes: see the parent ticket.\n" ) );
        ok( $id, $m, 'child' );
        $rel->[$_] ne '' and $t->AddCustomFieldValue( Field => $cf[$_], Value => $rel->[$_], RecordTransaction => 0 ) for 0 .. 3;
        $t = as( 'sro-manager', $t );
        next if $n == 12 || $n == 13;    # children left new: no team chosen yet
        my @team = map { $TEAMS[ ( $n + $_ ) % @TEAMS ] } 0 .. ( $n % 3 ) + 1;
        @team = ( $TEAMS[0], @team[ 1 .. $#team ] ) if $n % 2;
        for my $tm (@team) {
            my ( $r, $mm ) = $t->AddCustomFieldValue( Field => 'EA Teams', Value => team($tm) );
            ok( $r, $mm, 'EA Teams' );
            my $g = RT::Group->new( RT->SystemUser );
            $g->LoadUserDefinedGroup( team($tm) );
            ( $r, $mm ) = $t->AddWatcher( Type => 'AdminCc', PrincipalId => $g->PrincipalId );
            ok( $r, $mm, 'AdminCc' );
        }
        my ( $r, $mm ) = $t->SetStatus('open');
        ok( $r, $mm, 'open' );
        reply( $t, 'sro-manager', text => "Dear early adopters,\n\nplease answer within 1 working day with\n\n  <accept|reject> <NGI>-<Site-name>\n\nThe tests should last 5 to 7 days.\n" );
        next if $n == 7;    # open, nobody answered
        my $k = 0;
        for my $tm (@team) {
            my ( $id2, $user ) = ( "$tm->[0]-$tm->[1]", $tm == $TEAMS[0] ? 'ea-member' : lc "ea-$tm->[1]" );
            my $style = ( $n + $k++ ) % 7;
            my $quote = "\nOn Mon, 03 Oct 2011, Staged Rollout Manager via RT wrote:\n> Dear early adopters,\n>\n> please answer within 1 working day with\n>\n>   <accept|reject> <NGI>-<Site-name>\n";
            if ( $style == 0 )    { reply( $t, $user, text => "accept $id2\n", mail => 1 ) }
            elsif ( $style == 1 ) { reply( $t, $user, text => "Hello,\n\nAccept $id2\n\nBest regards,\nJoão\n-- \nSite admin\n$quote", mail => 1 ) }
            elsif ( $style == 2 ) { reply( $t, $user, html => "<div>Dear all,<br><br><b>accept</b>&nbsp;$id2<br></div><blockquote type=\"cite\">&lt;accept|reject&gt; &lt;NGI&gt;-&lt;Site-name&gt;</blockquote>" ) }
            elsif ( $style == 3 ) { reply( $t, $user, text => "reject $id2\n\nNo hardware free this week.\n$quote", mail => 1 ) }
            elsif ( $style == 4 ) { reply( $t, $user, text => "accept $id2\n", html => "<html><body><p>accept $id2</p></body></html>", mail => 1 ) }
            elsif ( $style == 5 ) { reply( $t, $user, text => "> accept some-other-site\n\nWe ACCEPT: $id2, start tomorrow.\n" ) }
            else                  { next }    # silent team
            next if $style == 3;
            if ( $n % 4 == 1 ) {
                $t->AddLink( Type => 'RefersTo', Target => 'https://ggus.example.org/ws/ticket_info.php?ticket=7' . ( 1000 + $n * 10 + $k ) );
                reply( $t, $user, text => "We hit a problem: service does not start after update.\nGGUS ticket: https://ggus.example.org/ws/ticket_info.php?ticket=7" . ( 1000 + $n * 10 + $k ) . "\n" );
            }
            reply( $t, $user, text => "Tests done, the report is attached.\n", files => [ report( $tm, $rel, (qw(docx odt doc))[ ( $n + $k ) % 3 ] ) ], mail => 1 )
                if $n < 7 || $n == 8;
        }
        reply( $t, 'sro-manager', comment => 1, text => "Internal note: waiting for the last report.\n" ) if $n % 3 == 0;
        if ( $n == 2 || $n == 4 || $n == 8 ) {
            my $out = $n == 4 ? 'REJECT' : 'ACCEPT';
            for my $kv ( [ DocID => 600 + $n ], [ Outcome => $out ] ) {
                ( $r, $mm ) = $t->AddCustomFieldValue( Field => $kv->[0], Value => $kv->[1] );
                ok( $r, $mm, $kv->[0] );
            }
            reply( $t, 'sro-manager', comment => 1, text => "Outcome: $out\nhttps://documents.example.org/document/" . ( 600 + $n ) . "\n" );
            ( $r, $mm ) = $t->SetStatus('resolved');
            ok( $r, $mm, 'resolve' );
            my $p = as( 'sro-manager', $parent );
            reply( $p, 'sro-manager', text => "Staged rollout outcome: $out\nDocument: " . ( 600 + $n ) . "\n" );
            $p->AddCustomFieldValue( Field => 'Outcome', Value => $out );
            $p->AddCustomFieldValue( Field => 'DocID', Value => 600 + $n );
            $p->SetStatus( $n == 4 ? 'rejected' : 'resolved' );
        }
    }
    $RT::Handle->Commit;
}

# ---------------------------------------------------------------- mail
sub mail {
    my ( $ticket, $user, $shape, @lines ) = map { Encode::decode( 'UTF-8', $_ ) } @_;
    connect_rt();
    my $t = RT::Ticket->new( RT->SystemUser );
    $t->Load($ticket);
    die "no ticket $ticket\n" unless $t->Id;
    my $asked = '';
    my $txns = $t->Transactions;
    while ( my $x = $txns->Next ) { $asked = $x->Content if $x->Type eq 'Correspond' && $x->CreatorObj->Name =~ /^sro-/ }
    my $body = join( "\n", @lines ) . "\n";
    ( my $quoted = $asked ) =~ s/^/> /mg;
    my $h = join '<br>', map { my $l = $_; $l =~ s/&/&amp;/g; $l =~ s/</&lt;/g; $l } @lines;
    my %shape = (
        text        => { text => $body },
        html        => { html => "<html><body><div>Dear all,<br><b>$h</b></div><blockquote type=\"cite\">$asked</blockquote></body></html>" },
        alternative => { text => $body, html => "<html><body><p>$h</p></body></html>" },
        quoted      => { text => "Hello,\n\n$body\nBest regards,\nJoão\n-- \nSite admin\n\nOn Mon, 16 Nov 2026, Staged Rollout Manager via RT wrote:\n$quoted" },
        outlook     => { text => "$body\nFrom: Staged Rollout Manager\nSent: Monday, 16 November 2026 10:00\nSubject: it\n\n$asked" },
    );
    reply( $t, $user, %{ $shape{$shape} || die "no shape $shape\n" }, mail => 1 );
}

# ---------------------------------------------------------------- board
# One open rollout as the process has it, then clones of it.
sub board {
    my $want = shift // 200;
    connect_rt();
    $RT::Handle->BeginTransaction;
    my @rel    = ( 'UMD-4', 'arc6', '6.15.1-1', 'SL6 x86_64' );
    my $text   = sub { MIME::Entity->build( Type => 'text/plain; charset=UTF-8', Data => Encode::encode( 'UTF-8', $_[0] ) ) };
    my $parent = RT::Ticket->new( cu('sro-manager') );
    my ( $id, undef, $m ) = $parent->Create( Queue => 'sw-rel', Subject => "@rel", Status => 'new', MIMEObj => $text->("Please verify.\n") );
    ok( $id, $m, 'parent' );
    $parent->SetStatus($_) for qw(InVerification StageRollOut);
    my $t = RT::Ticket->new( RT->SystemUser );
    ( $id, undef, $m ) = $t->Create( Queue => 'staged-rollout', Subject => "Staged Rollout @rel", Status => 'new', MemberOf => $parent->Id,
        MIMEObj => $text->("Release notes: https://example.org/notes/arc6\nBugs fixed: https://example.org/bugs/arc6\n") );
    ok( $id, $m, 'child' );
    $t = as( 'sro-manager', $t );
    for my $tm ( @TEAMS[ 0, 1 ] ) {
        my ( $r, $mm ) = $t->AddCustomFieldValue( Field => 'EA Teams', Value => team($tm) );
        ok( $r, $mm, 'EA Teams' );
    }
    my ( $r, $mm ) = $t->SetStatus('open');
    ok( $r, $mm, 'open' );
    reply( $t, 'sro-manager', text => "Dear early adopters,\n\nplease answer within 1 working day.\n" );
    reply( $t, 'ea-member', text => "accept IBERGRID-LIP-Lisbon\n", mail => 1 );
    reply( $t, 'ea-cesga-pps', text => "accept IBERGRID-CESGA-PPS\n", html => "<p>accept IBERGRID-CESGA-PPS</p>", mail => 1 );
    reply( $t, 'sro-manager', comment => 1, text => "Both are on it.\n" );
    $RT::Handle->Commit;
    bulk( 2 * ( $want - 1 ), 10 );
}

# ---------------------------------------------------------------- bulk
# Clones the demo tickets row by row: no scrips, no mail, no API cost. Dates are spread over DAYS; what is older
# than 45 days is finished work only, without RT's records of outgoing mail. Ids do not follow the dates.
sub bulk {
    my ( $want, $days ) = ( shift // 1000, shift // 700 );
    connect_rt();
    my $dbh = $RT::Handle->dbh;
    local $dbh->{FetchHashKeyName} = 'NAME';
    my $all = sub { $dbh->selectall_arrayref( $_[0], { Slice => {} }, @_[ 1 .. $#_ ] ) };
    my @tpl = @{ $all->("SELECT * FROM Tickets WHERE Type = 'ticket' ORDER BY id LIMIT 60") };
    die "no demo tickets to clone; run demo first\n" unless @tpl;
    my %link = map { $_->{LocalBase} => $_ } @{ $all->("SELECT * FROM Links WHERE Type = 'MemberOf'") };
    my %next = map { $_ => ( $dbh->selectrow_array("SELECT MAX(id) FROM $_") )[0] + 1 }
        qw(Tickets Principals GroupMembers CachedGroupMembers Transactions Attachments ObjectCustomFieldValues Links);
    $next{Principals} = List::Util::max( $next{Principals}, map { ( $dbh->selectrow_array("SELECT MAX(id) FROM $_") )[0] + 1 } qw(Groups Users) );
    my %rows;
    for my $t (@tpl) {
        my $id = $t->{id};
        my $g = $all->( "SELECT * FROM Groups WHERE Domain = 'RT::Ticket-Role' AND Instance = ?", $id );
        my $in = join( ',', map { $_->{id} } @$g ) || 0;
        my $tx = $all->( "SELECT * FROM Transactions WHERE ObjectType = 'RT::Ticket' AND ObjectId = ? ORDER BY id", $id );
        my $txin = join( ',', map { $_->{id} } @$tx ) || 0;
        $rows{$id} = {
            Groups => $g, Transactions => $tx,
            Principals => $all->("SELECT * FROM Principals WHERE id IN ($in)"),
            GroupMembers => $all->("SELECT * FROM GroupMembers WHERE GroupId IN ($in)"),
            CachedGroupMembers => $all->("SELECT * FROM CachedGroupMembers WHERE GroupId IN ($in) ORDER BY id"),
            Attachments => $all->("SELECT * FROM Attachments WHERE TransactionId IN ($txin) ORDER BY id"),
            ObjectCustomFieldValues => $all->( "SELECT * FROM ObjectCustomFieldValues WHERE ObjectType = 'RT::Ticket' AND ObjectId = ?", $id ),
            Links => $all->( "SELECT * FROM Links WHERE LocalBase = ?", $id ),
        };
    }
    my ( %done, @closed );
    for my $t (@tpl) {
        next unless $t->{Status} =~ /^(?:resolved|rejected)$/;
        $done{ $t->{id} } = 1;
    }
    @closed = grep { my $l = $link{ $_->{id} }; $done{ $_->{id} } && ( !$l || $done{ $l->{LocalTarget} } ) } @tpl;
    my %sth;
    my $ins = sub {
        my ( $table, $row ) = @_;
        my @c = sort keys %$row;
        my $s = $sth{"$table@c"} ||= $dbh->prepare( "INSERT INTO $table (" . join( ',', @c ) . ') VALUES (' . join( ',', ('?') x @c ) . ')' );
        my $n = 0;
        $s->bind_param( ++$n, $row->{$_}, $table eq 'Attachments' && $_ eq 'Content' ? DBI::SQL_BLOB() : () ) for @c;
        $s->execute;
    };
    require List::Util;
    require Time::Local;
    my $shift_by;
    my $date = sub {
        my $d = shift;
        return $d if !$d || $d =~ /^1970/ || $d !~ /^(\d+)-(\d+)-(\d+) (\d+):(\d+):(\d+)/;
        return POSIX::strftime( '%Y-%m-%d %H:%M:%S', gmtime( Time::Local::timegm( $6, $5, $4, $3, $2 - 1, $1 ) - $shift_by ) );
    };
    my ( $made, $n, %last ) = ( 0, 0 );
    local $dbh->{AutoCommit} = 0;
    while ( $made < $want ) {
        %last = ();
        $shift_by = int( 86400 * $days * ( 1 - $made / $want ) ) + 3600;
        $n++;
        my $old_batch = $shift_by > 45 * 86400;
        for my $t ( $old_batch ? @closed : @tpl ) {
            last if $made >= $want;
            my ( $old, $r ) = ( $t->{id}, $rows{ $t->{id} } );
            my $new = $next{Tickets}++;
            $last{$old} = $new;
            ( my $subject = $t->{Subject} ) =~ s/(\d+)-(\d+)(?=\s|$)/"$1-" . ( $2 + $n )/e;
            $ins->( Tickets => { %$t, id => $new, EffectiveId => $new, Subject => $subject,
                map { $_ => $date->( $t->{$_} ) } qw(Created LastUpdated Started Resolved Told Starts Due) } );
            my %p;
            for my $g ( @{ $r->{Groups} } ) {
                $p{ $g->{id} } = $next{Principals}++;
                $ins->( Groups => { %$g, id => $p{ $g->{id} }, Instance => $new } );
            }
            $ins->( Principals => { %$_, id => $p{ $_->{id} } } ) for @{ $r->{Principals} };
            $ins->( GroupMembers => { %$_, id => $next{GroupMembers}++, GroupId => $p{ $_->{GroupId} } } ) for @{ $r->{GroupMembers} };
            my %via;
            for my $c ( @{ $r->{CachedGroupMembers} } ) {
                my $cid = $via{ $c->{id} } = $next{CachedGroupMembers}++;
                $ins->( CachedGroupMembers => { %$c, id => $cid, GroupId => $p{ $c->{GroupId} }, MemberId => $p{ $c->{MemberId} } // $c->{MemberId},
                    ImmediateParentId => $p{ $c->{ImmediateParentId} } // $c->{ImmediateParentId}, Via => $via{ $c->{Via} } // $c->{Via} } );
            }
            my %tx;
            for my $x ( @{ $r->{Transactions} } ) {
                next if $old_batch && $x->{Type} =~ /EmailRecord$/;
                $tx{ $x->{id} } = $next{Transactions}++;
                $ins->( Transactions => { %$x, id => $tx{ $x->{id} }, ObjectId => $new, Created => $date->( $x->{Created} ) } );
            }
            my %at;
            for my $a ( @{ $r->{Attachments} } ) {
                next unless $tx{ $a->{TransactionId} };
                $at{ $a->{id} } = $next{Attachments}++;
                $ins->( Attachments => { %$a, id => $at{ $a->{id} }, TransactionId => $tx{ $a->{TransactionId} }, Parent => $at{ $a->{Parent} } // 0, Created => $date->( $a->{Created} ) } );
            }
            $ins->( ObjectCustomFieldValues => { %$_, id => $next{ObjectCustomFieldValues}++, ObjectId => $new, Created => $date->( $_->{Created} ), LastUpdated => $date->( $_->{LastUpdated} ) } ) for @{ $r->{ObjectCustomFieldValues} };
            for my $l ( @{ $r->{Links} } ) {
                my %l = ( %$l, id => $next{Links}++, LocalBase => $new );
                $l{Base} =~ s/\d+$/$new/;
                if ( $l{LocalTarget} ) { my $to = $last{ $l{LocalTarget} } or next; $l{LocalTarget} = $to; $l{Target} =~ s/\d+$/$to/ }
                $ins->( Links => \%l );
            }
            $made++;
        }
    }
    $dbh->commit;
    $dbh->do('ANALYZE');
    $dbh->commit;
    print "$made tickets\n";
}

binmode STDOUT, ':encoding(UTF-8)';
{ init => \&init, demo => \&demo, bulk => \&bulk, board => \&board, mail => \&mail, automation => \&automation }->{$cmd}->(@rest);
