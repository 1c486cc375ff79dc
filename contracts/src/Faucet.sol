// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IFaucet} from "./interfaces/IFaucet.sol";

/// @title The faucet of a private or test network.
contract Faucet is IFaucet {
    using SafeERC20 for IERC20;

    struct Visit {
        uint48 last; // unix seconds
        uint48 turns;
    }

    uint256 private constant MAX_AMOUNT = type(uint96).max;
    uint256 private constant MAX_INTERVAL = 365 days;
    uint256 private constant MAX_DRIPS = 1_000_000;
    /// @dev Enough for a smart account behind a proxy to take coin, too little to make the operator pay for more.
    uint256 private constant RECEIVE_GAS = 30_000;

    IERC20 private immutable _token;
    address private immutable _owner;
    uint256 private immutable _coin;
    uint256 private immutable _tokens;
    uint256 private immutable _interval;
    uint256 private immutable _dripsPerDay;

    address private _operator; // slot 0: 20 bytes
    uint48 private _day; // slot 0: 6 bytes; days since 1970
    uint48 private _drips; // slot 0: 6 bytes; of that day
    mapping(address account => Visit visit) private _visits;

    constructor(address token_, address owner_, address operator_, Settings memory s) {
        if (token_.code.length == 0) revert BadRecipient(token_);
        if (owner_ == address(0)) revert BadRecipient(owner_);
        _bound(s.coin, 0, MAX_AMOUNT);
        // one of the two it must give
        _bound(s.tokens, s.coin == 0 ? 1 : 0, MAX_AMOUNT);
        _bound(s.interval, 1, MAX_INTERVAL);
        _bound(s.dripsPerDay, 1, MAX_DRIPS);
        (_token, _owner, _operator) = (IERC20(token_), owner_, operator_);
        (_coin, _tokens, _interval, _dripsPerDay) = (s.coin, s.tokens, s.interval, s.dripsPerDay);
    }

    receive() external payable {}

    /// @inheritdoc IFaucet
    function drip(address to, uint256 turn) external {
        if (msg.sender != _operator) revert NotOperator(msg.sender);
        if (to == address(0) || to == address(this) || to == address(_token)) revert BadRecipient(to);
        Visit storage visit = _visits[to];
        if (turn != visit.turns) revert WrongTurn(to, visit.turns, turn);
        uint256 notBefore = _notBefore(visit);
        if (block.timestamp < notBefore) revert TooSoon(to, notBefore, block.timestamp);
        uint256 left = leftToday();
        if (left == 0) revert DaySpent(_dripsPerDay);
        (uint256 coin, uint256 tokens) = (address(this).balance, _token.balanceOf(address(this)));
        if (coin < _coin || tokens < _tokens) revert Dry(coin, tokens);
        (visit.last, visit.turns) = (uint48(block.timestamp), uint48(turn + 1));
        (_day, _drips) = (_today(), uint48(_dripsPerDay - left + 1));
        emit Dripped(to, turn, _coin, _tokens);
        if (_tokens != 0) _token.safeTransfer(to, _tokens);
        _send(to, _coin, RECEIVE_GAS);
    }

    /// @inheritdoc IFaucet
    function setOperator(address operator_) external {
        if (msg.sender != _owner) revert NotOwner(msg.sender);
        _operator = operator_;
        emit OperatorChanged(operator_);
    }

    /// @inheritdoc IFaucet
    function withdraw(address to, uint256 coin, uint256 tokens) external {
        if (msg.sender != _owner) revert NotOwner(msg.sender);
        if (to == address(0) || to == address(this)) revert BadRecipient(to);
        emit Withdrawn(to, coin, tokens);
        if (tokens != 0) _token.safeTransfer(to, tokens);
        _send(to, coin, gasleft());
    }

    /// @inheritdoc IFaucet
    function nextOf(address account) external view returns (uint256 turn, uint256 notBefore) {
        Visit storage visit = _visits[account];
        return (visit.turns, _notBefore(visit));
    }

    /// @inheritdoc IFaucet
    function leftToday() public view returns (uint256) {
        return _day == _today() ? _dripsPerDay - _drips : _dripsPerDay;
    }

    /// @inheritdoc IFaucet
    function settings() external view returns (Settings memory) {
        return Settings({coin: _coin, tokens: _tokens, interval: _interval, dripsPerDay: _dripsPerDay});
    }

    /// @inheritdoc IFaucet
    function token() external view returns (address) {
        return address(_token);
    }

    /// @inheritdoc IFaucet
    function owner() external view returns (address) {
        return _owner;
    }

    /// @inheritdoc IFaucet
    function operator() external view returns (address) {
        return _operator;
    }

    function _send(address to, uint256 amount, uint256 gasLimit) private {
        if (amount == 0) return;
        (bool sent,) = to.call{value: amount, gas: gasLimit}("");
        if (!sent) revert CoinRefused(to);
    }

    function _notBefore(Visit storage visit) private view returns (uint256) {
        return visit.turns == 0 ? 0 : visit.last + _interval;
    }

    function _today() private view returns (uint48) {
        return uint48(block.timestamp / 1 days);
    }

    function _bound(uint256 value, uint256 min, uint256 max) private pure {
        if (value < min || value > max) revert BadSettings(value, min, max);
    }
}
