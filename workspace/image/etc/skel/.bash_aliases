# Read by ~/.bashrc.
shopt -s histappend checkwinsize globstar
HISTSIZE=20000
HISTFILESIZE=40000
HISTCONTROL=ignoreboth

alias ll='ls -lh'
alias la='ls -lhA'
alias gs='git status --short --branch'
