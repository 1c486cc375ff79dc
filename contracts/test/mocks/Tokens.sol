// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";

/// @dev Keeps a hundredth of every transfer.
contract FeeToken is ERC20("fee", "FEE") {
    constructor() {
        _mint(msg.sender, 1e30);
    }

    function _update(address from, address to, uint256 amount) internal override {
        uint256 fee = from == address(0) || to == address(0) ? 0 : amount / 100;
        super._update(from, to, amount - fee);
        if (fee != 0) super._update(from, address(0xdead), fee);
    }
}

/// @dev Says no by returning false, as old tokens do.
contract FalseToken is ERC20("false", "FALSE") {
    constructor() {
        _mint(msg.sender, 1e30);
    }

    function transferFrom(address, address, uint256) public pure override returns (bool) {
        return false;
    }
}

/// @dev Returns nothing, as older tokens do.
contract SilentToken {
    mapping(address account => uint256) public balanceOf;

    constructor() {
        balanceOf[msg.sender] = 1e30;
    }

    function transfer(address to, uint256 amount) external {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
    }

    function transferFrom(address from, address to, uint256 amount) external {
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
    }
}

/// @dev Calls its holder back in the middle of a transfer: here the test's own account, which then calls the escrow.
contract HookToken is ERC20("hook", "HOOK") {
    address private _escrow;
    bytes private _call;
    bool public succeeded;
    bytes public answer;

    constructor() {
        _mint(msg.sender, 1e30);
        _mint(address(this), 1e30);
    }

    /// @dev the next transfer calls `target` with `data`, once
    function arm(address target, bytes calldata data) external {
        _approve(address(this), target, type(uint256).max);
        _escrow = target;
        _call = data;
    }

    function deposit(uint256 amount) external {
        _approve(address(this), _escrow, type(uint256).max);
        IDealEscrow(_escrow).deposit(address(this), amount);
    }

    function _update(address from, address to, uint256 amount) internal override {
        bytes memory data = _call;
        if (data.length != 0) {
            delete _call;
            (succeeded, answer) = _escrow.call(data);
        }
        super._update(from, to, amount);
    }
}
