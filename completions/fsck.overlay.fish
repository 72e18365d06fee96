# fish completion of fsck.overlay. Made by scripts/write-completions.ts; do not edit.

# The last of the mount options that were typed, behind those before it.
function __fsck_overlay_options
    set -l typed (commandline -ct | string replace -r -- '^-o' '')
    set -l last (string split , -- $typed)[-1]
    set -l before (string replace -r -- '[^,]*$' '' $typed)
    if string match -q -- '*=*' $last
        set -l path (string split -m 1 = -- $last | string split : )[-1]
        set -l ahead (string sub -e (math (string length -- $typed) - (string length -- $path)) -- $typed)
        switch $last
            case 'lowerdir=*' 'lowerdir+=*' 'datadir+=*' 'upperdir=*' 'workdir=*'
                for dir in (__fish_complete_directories $path | string split -f 1 \t)
                    echo -- $ahead$dir
                end
                return
        end
    end
    for option in lowerdir= lowerdir+= datadir+= upperdir= workdir= userxattr volatile default_permissions override_creds nooverride_creds redirect_dir=on redirect_dir=off redirect_dir=follow redirect_dir=nofollow index=on index=off uuid=on uuid=off uuid=null uuid=auto nfs_export=on nfs_export=off xino=on xino=off xino=auto metacopy=on metacopy=off verity=on verity=off verity=require fsync=auto fsync=strict fsync=volatile
        echo -- $before$option
    end
end

complete -c fsck.overlay -f
complete -c fsck.overlay -a '(__fish_complete_directories)'
complete -c fsck.overlay -s o -x -a '(__fsck_overlay_options)' -d 'mount options: lowerdir=A[:B...],upperdir=U,workdir=W; together or apart, more than once; what is not about the overlay is ignored'
complete -c fsck.overlay -s n -d 'change nothing; the same where no mode is given'
complete -c fsck.overlay -s p -d 'correct what is safe unattended'
complete -c fsck.overlay -s a -d 'correct what is safe unattended'
complete -c fsck.overlay -s y -d 'correct all that can be corrected'
complete -c fsck.overlay -s v -l verbose -d 'tell more'
complete -c fsck.overlay -s f -d 'accepted as fsck(8) gives them: each check is a full one'
complete -c fsck.overlay -s C -x -d 'accepted as fsck(8) gives them: each check is a full one'
complete -c fsck.overlay -s V -l version -d 'print the version'
complete -c fsck.overlay -s h -l help -d 'print this'
