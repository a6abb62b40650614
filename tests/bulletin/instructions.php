<?php
// Reads pages as DokuWiki does: a JSON string a line in, the instructions that its parser makes of it a line out.
define('DOKU_INC', '/usr/share/dokuwiki/');
define('DOKU_CONF', $argv[1] . '/');
define('NOSESSION', 1);
$_SERVER['HTTP_HOST'] = 'localhost';
require_once DOKU_INC . 'inc/init.php';
while (($line = fgets(STDIN)) !== false) {
    echo json_encode(p_get_instructions(json_decode($line)), JSON_INVALID_UTF8_SUBSTITUTE), "\n";
    flush();
}
